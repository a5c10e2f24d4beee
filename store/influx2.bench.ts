import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ComponentKey } from '../domain/component.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import { silentLog } from '../domain/log.ts';
import { cores, days, epochMs, STEPS_A_DAY } from '../domain/units.ts';
import { aBucket, aForecast } from '../test/builders.ts';
import { freshInfluxStore } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { spillableStore } from '../test/spillable-store.ts';
import { at, component, LATELY, NOW, signal } from '../test/store-promises/builders.ts';
import { withSpill } from './spill.ts';

/* Scale of a real InfluxDB on this machine: 1,000 components, 28 days of history, 2 resources (storage.md, section 11). */

const KEYS = Array.from({ length: 1000 }, (_, index) => component(`part-${index}`));
const STEPS = 28 * STEPS_A_DAY;
const MONTH = { from: epochMs(NOW - days(28)), to: NOW };
const LONG = 600_000;
const missing = whyNoInfluxd();

let influxd: Influxd | undefined;
let store: Awaited<ReturnType<typeof freshInfluxStore>>['store'];

const stepOf = (steps: number, sampleCount = 15) =>
  KEYS.map((key, index) => aBucket({ key, start: at(steps), cpu: cores(index / 7), sampleCount }));
let issuedAt = NOW;
const issues = (): readonly IssuedFor[] => {
  issuedAt = epochMs(issuedAt + 1);
  return KEYS.flatMap((key) =>
    (['cpu', 'memory'] as const).map((resource) => ({
      key,
      resource,
      issued: {
        forecast: aForecast(1.5, { start: NOW }),
        issuedAt,
        model: 'seasonal-naive-day',
        run: 'train-1',
      },
    })),
  );
};

beforeAll(async () => {
  if (missing !== undefined) return;
  influxd = await startInfluxd();
  ({ store } = await freshInfluxStore(influxd.url, { timeoutMs: 30_000 }));
  const begun = process.hrtime.bigint();
  for (let step = STEPS; step >= 1; step -= 12) {
    const buckets = Array.from({ length: 12 }, (_, index) => stepOf(index - step)).flat();
    await store.appendHistory(buckets, signal);
  }
  const took = Number(process.hrtime.bigint() - begun) / 1e9;
  process.stdout.write(`import of ${STEPS * KEYS.length} buckets: ${took.toFixed(1)} s\n`);
}, LONG);

afterAll(async () => {
  await store?.[Symbol.asyncDispose]();
  await influxd?.[Symbol.asyncDispose]();
});

async function read(keys: readonly ComponentKey[] | 'everybody'): Promise<number> {
  let values = 0;
  for await (const column of store.readHistory(keys, 'cpu', MONTH, signal)) {
    values += column.values.length;
  }
  return values;
}

test.skipIf(missing !== undefined)(
  `1,000 components ${missing ?? ''}`,
  async ({ bench }) => {
    let step = 0;
    let count = 15;
    const directory = await mkdtemp(join(tmpdir(), 'spill-bench-'));
    const away = spillableStore();
    away.goes(true);
    const spill = await withSpill(away, { directory, limitBytes: 2 ** 30 }, silentLog, () => NOW);
    const once = { iterations: 5, time: 0, warmupIterations: 1, warmupTime: 0 };
    const measured = {
      'one new step appended': () => store.appendHistory(stepOf((step += 1)), signal),
      'the same step a minute later': () => store.appendHistory(stepOf(step, (count += 1)), signal),
      'one step spilled': () => spill.appendHistory(stepOf(1, (count += 1)), signal),
      '28 days of 200 components read': () => read(KEYS.slice(0, 200)),
      '28 days of all read': () => read('everybody'),
      '2,000 forecasts of 192 steps written': () => store.writeFuture(issues(), signal),
      '2,000 forecasts read': () => store.readFuture(LATELY, signal),
      'nothing new since': () =>
        store.readFuture({ from: epochMs(issuedAt + 1), to: LATELY.to }, signal),
      'the last three buckets of all': () => store.readBuckets({ from: at(-3), to: NOW }, signal),
      'last seen, 28 days': () => store.lastSeen(MONTH, signal),
    };
    for (const [name, run] of Object.entries(measured)) {
      const { latency } = await bench(name, once, async () => void (await run())).run();
      process.stdout.write(
        `${name}: ${latency.mean.toFixed(1)} ms (max ${latency.max.toFixed(1)})\n`,
      );
    }
    const { bytes, frames } = spill.spilled();
    process.stdout.write(`spilled: ${(bytes / frames / 1000).toFixed(1)} kB a step of 1,000\n`);
    expect(await read(KEYS.slice(0, 200))).toBe(200 * STEPS);
    expect(
      await store.readFuture({ from: epochMs(-1e15), to: epochMs(1e15) }, signal),
    ).toHaveLength(2000);
    await rm(directory, { recursive: true });
  },
  LONG,
);
