import { refusal } from '../domain/errors.ts';
import { epochMs } from '../domain/units.ts';
import { usageSums } from './usage-lines.ts';

const MS_A_SECOND = 1000;

/**
 * Answers of Prometheus to range queries (`GET /api/v1/query_range`), one for CPU in cores and one for memory in bytes, as
 * the lines that {@link importCsv} reads. Series of one component are added up.
 *
 * @param label that holds the name of the component; `namespace` holds its namespace.
 * @yields CSV.
 * @throws {SelfScalingError} `REQUEST_INVALID` for what is no such answer.
 */
export function* prometheusLines(
  texts: { readonly cpu: string; readonly memory: string },
  label: string,
): Generator<string> {
  const sums = usageSums();
  for (const kind of ['cpu', 'memory'] as const) {
    for (const { metric, values } of seriesIn(texts[kind], kind)) {
      const [namespace, component] = [metric['namespace'], metric[label]];
      if (typeof namespace !== 'string' || typeof component !== 'string') {
        throw refusal(
          'REQUEST_INVALID',
          `${kind}: a series has no label "namespace" or "${label}"; aggregate by both, or name another with --label`,
        );
      }
      for (const [at, value] of values) {
        sums.add(`${namespace},${component}`, epochMs(Math.round(at * MS_A_SECOND)), kind, value);
      }
    }
  }
  yield* sums.lines();
}

type Series = {
  readonly metric: Readonly<Record<string, unknown>>;
  readonly values: readonly (readonly [at: number, value: number])[];
};

function seriesIn(text: string, kind: string): readonly Series[] {
  const no = (why: string) =>
    refusal('REQUEST_INVALID', `${kind}: ${why}; save the answer of /api/v1/query_range as it is`);
  const answer = parsed(text);
  const data = memberOf(answer, 'data');
  if (memberOf(answer, 'status') !== 'success')
    throw no('is no answer of Prometheus that succeeded');
  if (memberOf(data, 'resultType') !== 'matrix') throw no('is no answer to a range query');
  const result = memberOf(data, 'result');
  if (!Array.isArray(result)) throw no('has no result');
  return result.map((one: unknown) => {
    const [metric, values] = [memberOf(one, 'metric'), memberOf(one, 'values')];
    if (typeof metric !== 'object' || metric === null || !Array.isArray(values)) {
      throw no('has a series without labels or values');
    }
    return { metric: Object.fromEntries(Object.entries(metric)), values: values.flatMap(pointIn) };
  });
}

/** Prometheus writes values as texts; `NaN` and infinities are gaps. */
function pointIn(point: unknown): readonly (readonly [number, number])[] {
  if (!Array.isArray(point)) return [];
  const [at, value]: readonly unknown[] = point;
  const number = typeof value === 'string' ? Number(value) : Number.NaN;
  return typeof at === 'number' && Number.isFinite(number) ? [[at, number]] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
