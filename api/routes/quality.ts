import type { FastifyInstance } from 'fastify';
import type { ComponentKey, Resource } from '../../domain/component.ts';
import { LEADS_OF_SCALING, recordOf } from '../../domain/record.ts';
import type { Score } from '../../domain/score.ts';
import {
  bucketStart,
  days,
  epochMs,
  STEP,
  toRfc3339,
  type EpochMs,
  type Window,
} from '../../domain/units.ts';
import type { Vintage } from '../../domain/vintage.ts';
import { requireIn } from '../access.ts';
import { requireKnown, type Components } from '../components.ts';
import { patience } from '../patience.ts';
import { inSeconds, readingJson, unitOf } from '../reading-json.ts';
import type { RecordReader } from '../record-reader.ts';
import { windowOf } from '../window.ts';
import { answers } from '../wire/answers.ts';
import {
  QualityQuerySchema,
  QualitySchema,
  STEPS_BEFORE,
  type QualityQuery,
} from '../wire/quality.ts';
import { KeyParamsSchema, type KeyParams } from '../wire/series.ts';
import { keyOf, type SnapshotSource } from './component.ts';
import type { HistoryReader } from './past.ts';

type Ports = {
  readonly components: Components;
  readonly snapshots: SnapshotSource;
  readonly history: HistoryReader;
  readonly record: RecordReader;
  readonly now: () => EpochMs;
};

const A_WEEK = days(7);

export function qualityRoutes(app: FastifyInstance, ports: Ports): void {
  app.get<{ Params: KeyParams; Querystring: QualityQuery }>(
    '/v1/components/:namespace/:name/quality',
    {
      config: { namespaced: true },
      schema: {
        operationId: 'getQuality',
        summary:
          'How its forecasts did, as they were issued; the last week unless asked otherwise.',
        params: KeyParamsSchema,
        querystring: QualityQuerySchema,
        response: answers({ 200: QualitySchema }, [404]),
      },
      handler: async (request) => {
        await requireIn(request, request.params.namespace, 'list');
        const key = keyOf(request.params);
        requireKnown(ports.components, key);
        const { resource = 'cpu', lead = '15m', ...bounds } = request.query;
        const asked = windowOf(bounds, A_WEEK, epochMs(ports.now() + 1));
        const window = { from: bucketStart(asked.from, days(1)), to: asked.to };
        return await qualityOf(key, resource, STEPS_BEFORE[lead], window, ports);
      },
    },
  );
}

async function qualityOf(
  key: ComponentKey,
  resource: Resource,
  lead: number,
  window: Window,
  { record, history, snapshots, now }: Ports,
) {
  const scores = (await record.readScores(window, patience(), [key])).filter(
    (score) => score.resource === resource,
  );
  const issued = scores.filter((score) => score.lead > 0);
  const whole = recordOf(issued.filter((score) => LEADS_OF_SCALING.has(score.lead)));
  const reading = snapshots.current()?.read({ key, resource }, now()) ?? { kind: 'unknown' };
  return {
    namespace: key.namespace,
    name: key.component,
    resource,
    unit: unitOf(resource),
    reading: readingJson(reading, resource),
    ...(whole === undefined ? {} : { record: whole }),
    days: issued.toSorted(byDay).map((score) => ({
      ...errorsJson(score),
      leadSeconds: score.lead * inSeconds(STEP),
      ...(score.belowQ90 === undefined ? {} : { belowQ90: score.belowQ90 }),
      ...(score.bias === undefined ? {} : { bias: score.bias }),
    })),
    trials: scores
      .filter((score) => score.lead === 0)
      .toSorted(byDay)
      .map(errorsJson),
    levels: await sharesBelow({ key, resource, lead, window }, record, history),
  };
}

const byDay = (a: Score, b: Score): number =>
  a.at - b.at || a.lead - b.lead || (a.model < b.model ? -1 : 1);

const errorsJson = ({ at, model, mae, mase, pinball, coverage, skill, n }: Score) => ({
  day: toRfc3339(at),
  model,
  mae,
  mase,
  pinball,
  coverage,
  skill,
  n,
});

/** The share of truths up to each level; nothing where no truth has met a forecast. */
async function sharesBelow(
  of: { key: ComponentKey; resource: Resource; lead: number; window: Window },
  record: RecordReader,
  history: HistoryReader,
): Promise<{ level: number; below: number }[]> {
  const { key, resource, lead, window } = of;
  const truths = new Map<number, number>();
  for await (const column of history.readHistory([key], resource, window, patience())) {
    column.starts.forEach((start, index) => truths.set(start, column.values[index] ?? Number.NaN));
  }
  const below = new Map<number, { under: number; of: number }>();
  for await (const said of record.readVintages(lead, window, patience(), [key])) {
    const truth = said.resource === resource ? truths.get(said.at) : undefined;
    if (truth !== undefined) countBelow(below, said, truth);
  }
  return [...below].map(([level, found]) => ({ level, below: found.under / found.of }));
}

function countBelow(
  below: Map<number, { under: number; of: number }>,
  { levels, values }: Vintage,
  truth: number,
): void {
  levels.forEach((level, index) => {
    const found = below.get(level) ?? { under: 0, of: 0 };
    below.set(level, found);
    found.of += 1;
    found.under += truth <= (values[index] ?? Number.NaN) ? 1 : 0;
  });
}
