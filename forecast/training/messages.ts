import { RESOURCES, type ComponentKey } from '../../domain/component.ts';
import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import type { Score } from '../../domain/score.ts';
import { series, timeAt, type Series } from '../../domain/series.ts';
import { durationMs, epochMs } from '../../domain/units.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';

/* What passes between the training process and its child. Either side parses what it is sent. */

export type Request = {
  /** The answer carries it back: an answer to another question is none. */
  readonly id: number;
  readonly job: SeriesJob;
  readonly plan: ForecastPlan;
};

/** What the child was asked; `undefined` when it is no request. */
export function parseRequest(message: unknown): Request | undefined {
  const { id, job, plan } = membersOf(message);
  const { horizon, at } = membersOf(plan);
  const parsed = parseJob(job);
  if (parsed === undefined || !isNumber(id) || !isNumber(horizon) || !isNumber(at)) {
    return undefined;
  }
  return { id, job: parsed, plan: { horizon, at: epochMs(at) } };
}

/** What the child answered; `undefined` when it is no answer. Whether the numbers are any good is asked apart. */
export function parseAnswer(
  message: unknown,
  { id, job, plan }: Request,
): SeriesAnswer | undefined {
  const { id: answered, answer } = membersOf(message);
  const { kind, reason, model, forecast, scores } = membersOf(answer);
  if (answered !== id) return undefined;
  if (kind === 'failed' && typeof reason === 'string') return { kind, reason };
  const values = parseRows(membersOf(forecast)['values']);
  if (kind !== 'forecast' || typeof model !== 'string' || model === '') return undefined;
  if (values === undefined || !Array.isArray(scores)) return undefined;
  const { step } = job.history;
  const start = timeAt(job.history, job.history.values.length);
  const parsed = scores.map((score: unknown) => parseScore(score, job, plan));
  return {
    kind,
    model,
    forecast: { start, step, levels: LEVELS, values },
    scores: parsed.filter((score) => score !== undefined),
  };
}

/** Why a forecast may not be written; `undefined` when it may. */
export function faultOf({ levels, values }: Forecast, horizon: number): string | undefined {
  if (values.length !== levels.length) return `has ${values.length} levels, not ${levels.length}`;
  let below: Float64Array | undefined;
  for (const row of values) {
    if (row.length !== horizon) return `has ${row.length} steps, not ${horizon}`;
    if (!row.every((value) => Number.isFinite(value))) return 'is not finite';
    const lower = below;
    if (lower !== undefined && row.some((value, step) => value < (lower[step] ?? value))) {
      return 'has crossing quantiles';
    }
    below = row;
  }
  return undefined;
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function parseJob(value: unknown): SeriesJob | undefined {
  const members = membersOf(value);
  const key = parseKey(members['key']);
  const resource = RESOURCES.find((known) => known === members['resource']);
  const history = parseSeries(members['history']);
  if (key === undefined || resource === undefined || history === undefined) return undefined;
  return { key, resource, history };
}

function parseKey(value: unknown): ComponentKey | undefined {
  const { namespace, component } = membersOf(value);
  if (typeof namespace !== 'string' || typeof component !== 'string') return undefined;
  return { namespace, component };
}

function parseSeries(value: unknown): Series | undefined {
  const { start, step, values, observed } = membersOf(value);
  if (!isNumber(start) || !isNumber(step)) return undefined;
  if (!(values instanceof Float64Array) || !(observed instanceof Uint8Array)) return undefined;
  if (observed.length !== values.length) return undefined;
  const made = series(epochMs(start), durationMs(step), values, observed);
  return made.ok ? made.series : undefined;
}

function parseRows(value: unknown): Float64Array[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = value.filter((row: unknown) => row instanceof Float64Array);
  return rows.length === value.length ? rows : undefined;
}

/** A score with numbers that are none is worth nothing, and is left out. */
function parseScore(value: unknown, { key, resource }: SeriesJob, { at }: ForecastPlan) {
  const { model, lead, mae, mase, pinball, coverage, skill, n } = membersOf(value);
  if (typeof model !== 'string' || !isNumber(lead) || !isNumber(n)) return undefined;
  if (!isNumber(mae) || !isNumber(mase) || !isNumber(pinball)) return undefined;
  if (!isNumber(coverage) || !isNumber(skill)) return undefined;
  return {
    key,
    resource,
    model,
    lead,
    at,
    mae,
    mase,
    pinball,
    coverage,
    skill,
    n,
  } satisfies Score;
}
