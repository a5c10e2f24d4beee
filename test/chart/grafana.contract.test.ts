import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allBoards } from '../../chart/grafana/all.ts';
import { silentLog } from '../../domain/log.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { waitingRun } from '../../domain/run.ts';
import { bucketStart, bytes, cores, days, epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { bootstrapInflux } from '../../store/bootstrap.ts';
import { openInflux2Store } from '../../store/influx2.ts';
import { bootstrapOptions, bucketNames, OPERATOR, ORG } from '../influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../influxd.ts';

const missing = whyNoInfluxd();
const KEYS = ['cart', 'search'].map((component) => ({ namespace: 'shop', component }));
const { signal } = new AbortController();
const now = epochMs(Date.now());
const VARIABLES = { namespace: 'shop', component: 'cart', resource: 'cpu' };

/** Every query of every board, with what stands for its variables and its range. */
const QUERIES = allBoards().flatMap(({ file, language, json }) => {
  const text = JSON.stringify(json);
  const {
    panels = [],
    annotations,
    time,
    templating,
  } = JSON.parse(text) as {
    readonly panels?: readonly {
      readonly title: string;
      readonly targets: readonly { readonly query: string }[];
    }[];
    readonly annotations?: {
      readonly list?: readonly {
        readonly name: string;
        readonly target?: { readonly query: string };
      }[];
    };
    readonly time: { readonly from: string; readonly to: string };
    readonly templating: {
      readonly list: readonly {
        readonly name: string;
        readonly query: string | { readonly query: string };
      }[];
    };
  };
  const ofPanels = panels.flatMap(({ title, targets }) =>
    targets.map(({ query }, index) => ({ what: `${file}: ${title} ${index}`, query })),
  );
  const ofNotes = (annotations?.list ?? []).flatMap(({ name, target }) =>
    target === undefined ? [] : [{ what: `${file}: ${name}`, query: target.query }],
  );
  const ofChoices = templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' ? [] : [{ what: `${file}: choice of ${name}`, query: query.query }],
  );
  return [...ofPanels, ...ofNotes, ...ofChoices].map((one) => ({ ...one, language, time }));
});

describe.skipIf(missing !== undefined)(
  `Grafana's queries on a real InfluxDB ${missing ?? ''}`,
  () => {
    let influxd: Influxd;
    beforeAll(async () => {
      influxd = await startInfluxd();
      await bootstrapInflux(bootstrapOptions(influxd.url), silentLog, signal);
      await seed(influxd.url);
    });
    afterAll(() => influxd[Symbol.asyncDispose]());

    test.each(QUERIES)('$what', async ({ query, language, time }) => {
      const range = { from: instantOf(time.from), to: instantOf(time.to) };
      const filled = query.replaceAll(
        /\$\{(?<name>\w+)\}/g,
        (_, name: string) => VARIABLES[name as 'resource'],
      );
      const rows = language === 'flux' ? await flux(filled, range) : await influxql(filled, range);
      expect(rows.length).toBeGreaterThan(0);
      const isAhead = /"(?:forecast|vintage)"/.test(query);
      expect(Math.max(...rows) > now + STEP).toBe(isAhead);
    });

    type Range = { readonly from: number; readonly to: number };
    const headers = { authorization: `Token ${OPERATOR}` };

    /** Times of the rows; 0 where a row has none. */
    async function flux(query: string, { from, to }: Range): Promise<readonly number[]> {
      const iso = (at: number): string => new Date(at).toISOString();
      const range = `option v = {timeRangeStart: ${iso(from)}, timeRangeStop: ${iso(to)}, windowPeriod: 1m}`;
      // An option stands after the imports.
      const [, imports = '', rest = ''] =
        /^(?<imports>(?:import "[^"]+"\n)*)(?<rest>[^]*)$/.exec(query) ?? [];
      const answer = await fetch(`${influxd.url}/api/v2/query?org=${ORG}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
        body: `${imports}${range}\n${rest}`,
      });
      const text = await answer.text();
      expect([answer.status, text.slice(0, 300)]).toEqual([200, expect.any(String)]);
      return timesIn(text);
    }

    async function influxql(query: string, { from, to }: Range): Promise<readonly number[]> {
      const filled = query.replaceAll('$timeFilter', `time >= ${from}ms AND time <= ${to}ms`);
      const search = new URLSearchParams({ db: 'history', q: filled, epoch: 'ms' }).toString();
      const answer = await fetch(`${influxd.url}/query?${search}`, { headers });
      type Said = {
        readonly results?: readonly {
          readonly error?: string;
          readonly series?: readonly { readonly values: readonly (readonly unknown[])[] }[];
        }[];
        readonly error?: string;
      };
      const said = (await answer.json()) as Said;
      expect([said.error, said.results?.[0]?.error]).toEqual([undefined, undefined]);
      return (said.results ?? []).flatMap(({ series = [] }) =>
        series.flatMap(({ values }) => values.map(([at]) => (typeof at === 'number' ? at : 0))),
      );
    }
  },
);

/** Times of the rows of an answer, 0 where a row has none; each table begins with the names of its columns. */
function timesIn(csv: string): readonly number[] {
  let column = -1;
  return csv.split('\r\n').flatMap((line) => {
    const cells = line.split(',');
    if (cells[1] === 'result') column = cells.indexOf('_time');
    if (cells[1] !== '_result') return [];
    return [column === -1 ? 0 : Date.parse(cells[column] ?? '')];
  });
}

function instantOf(written: string): number {
  const { sign, count = '0' } = /^now(?:(?<sign>[-+])(?<count>\d+)d)?$/.exec(written)?.groups ?? {};
  return Date.now() + (sign === '-' ? -1 : 1) * Number(count) * days(1);
}

/** Two days of usage, a day of forecasts, scores, a decision and a run. */
async function seed(url: string): Promise<void> {
  await using store = openInflux2Store(
    { url, org: ORG, token: OPERATOR, buckets: bucketNames(''), timeoutMs: 10_000 },
    silentLog,
  );
  const last = bucketStart(now, STEP);
  const buckets = KEYS.flatMap((key) =>
    Array.from({ length: 2 * STEPS_A_DAY }, (_, index) => ({
      key,
      start: epochMs(last - (index + 1) * STEP),
      cpu: cores(1 + index / 100),
      cpuMax: cores(2),
      memory: bytes(2 ** 28),
      memoryMax: bytes(2 ** 29),
      replicasReady: 2,
      podsMissing: 0,
      sampleCount: 15,
    })),
  );
  await store.appendHistory(buckets, signal);
  const values = LEVELS.map((level) => new Float64Array(STEPS_A_DAY + 1).fill(level));
  // Issued twice: a day ago, so that what was said of today is there, and now.
  for (const issuedAt of [epochMs(last - days(1)), last]) {
    const forecast = { start: bucketStart(issuedAt, STEP), step: STEP, levels: LEVELS, values };
    await store.writeFuture(
      KEYS.flatMap((key) =>
        (['cpu', 'memory'] as const).map((resource) => ({
          key,
          resource,
          issued: { forecast, issuedAt, model: 'network', run: 'train-1' },
        })),
      ),
      signal,
    );
  }
  const score = { mae: 1, mase: 0.8, pinball: 0.5, coverage: 0.8, skill: 0.3, n: 96 };
  const at = bucketStart(epochMs(now - 2 * 3_600_000), STEP);
  await store.writeScores(
    KEYS.flatMap((key) =>
      [4, 96].map((lead) => ({
        key,
        resource: 'cpu' as const,
        model: 'network',
        lead,
        at,
        ...score,
      })),
    ),
    signal,
  );
  const [key = { namespace: '', component: '' }] = KEYS;
  await store.appendDecisions(
    [{ at: epochMs(now - STEP), key, kind: 'create', actor: 'self-scaling', text: 'made its HPA' }],
    signal,
  );
  await store.start(waitingRun('train', 'schedule', epochMs(now - STEP)), signal);
}
