import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../domain/log.ts';
import { systemClock } from '../domain/clock.ts';
import { bucketStart, cores, days, epochMs, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { withSpill } from '../store/spill.ts';
import { aBucket, aForecast, anIssue } from '../test/builders.ts';
import { freshInfluxStore } from '../test/influx-store.ts';
import { startInfluxd } from '../test/influxd.ts';
import { spillableStore } from '../test/spillable-store.ts';

/* Scale of a real InfluxDB on this machine, and of the spill before it: `node bench/store-influx2.ts [components]`. */

const ROUNDS = 5;
const STEPS_AT_ONCE = 12;
const STEPS = 28 * STEPS_A_DAY;
const NOW = bucketStart(systemClock.now(), STEP);
const TIMEOUT_MS = 30_000;
const SPILL_BYTES = 2 ** 30;
const { signal } = new AbortController();

const components = Number(process.argv[2] ?? 1000);
const keys = Array.from({ length: components }, (_, index) => ({
  namespace: 'shop',
  component: `part-${index}`,
}));
await using influxd = await startInfluxd();
const { store } = await freshInfluxStore(influxd.url, { timeoutMs: TIMEOUT_MS, vintageEvery: 1 });
const bare = await freshInfluxStore(influxd.url, {
  timeoutMs: TIMEOUT_MS,
  vintageEvery: Infinity,
});
const directory = await mkdtemp(join(tmpdir(), 'spill-bench-'));
const away = spillableStore();
away.goes(true);
const options = { directory, limitBytes: SPILL_BYTES };
const spill = await withSpill(away, options, silentLog, () => NOW);

const oneStep = (step: number, sampleCount = 15) =>
  keys.map((key, index) =>
    aBucket({ key, start: epochMs(NOW + step * STEP), cpu: cores(index / 7), sampleCount }),
  );
const issues = (issuedAt: number) =>
  keys.flatMap((key) =>
    (['cpu', 'memory'] as const).map((resource) => {
      const forecast = aForecast(1.5, { start: NOW });
      const issued = { forecast, issuedAt: epochMs(issuedAt), model: 'naive', run: 'train-1' };
      return anIssue({ key, resource, issued });
    }),
  );

async function read(who: typeof keys | 'everybody'): Promise<void> {
  const window = { from: epochMs(NOW - days(28)), to: NOW };
  let values = 0;
  for await (const column of store.readHistory(who, 'cpu', window, signal)) {
    values += column.values.length;
  }
  const expected = STEPS * (who === 'everybody' ? components : who.length);
  if (values !== expected) throw new Error(`read ${values} values, not ${expected}`);
}

async function importMonth(): Promise<void> {
  for (let step = -STEPS; step < 0; step += STEPS_AT_ONCE) {
    const steps = Array.from({ length: STEPS_AT_ONCE }, (_, index) => oneStep(step + index));
    await store.appendHistory(steps.flat(), signal);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

async function report(name: string, work: () => Promise<unknown>, rounds = ROUNDS): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(rounds / 2)] ?? 0;
  process.stdout.write(`${name.padEnd(40)} ${median.toFixed(1).padStart(9)} ms\n`);
}

let step = 0;
let samples = 15;
let issuedAt: number = NOW;
const lately = { from: epochMs(NOW - days(1)), to: epochMs(NOW + days(1)) };
process.stdout.write(`${components} components, median of ${ROUNDS}\n`);
await report('28 days written', importMonth, 1);
await report('one new step appended', () => store.appendHistory(oneStep((step += 1)), signal));
await report('the same step a minute later', () =>
  store.appendHistory(oneStep(step, (samples += 1)), signal),
);
await report('one step spilled', () => spill.appendHistory(oneStep(1, (samples += 1)), signal));
await report('28 days of 200 components read', () => read(keys.slice(0, 200)));
await report('28 days of all read', () => read('everybody'));
await report('forecasts of 192 steps written', () => store.writeFuture(issues(++issuedAt), signal));
await report('the same, without vintages', () => bare.store.writeFuture(issues(issuedAt), signal));
await report('the vintages of one lead read', async () => {
  let found = 0;
  for await (const { values } of store.readVintages(4, lately, signal)) found += values.length;
  if (found !== 2 * components * 11) throw new Error(`read ${found} values of vintages`);
});
await report('forecasts read', () => store.readFuture(lately, signal));
await report('nothing new since', () =>
  store.readFuture({ from: epochMs(issuedAt + 1), to: lately.to }, signal),
);
await report('the last three buckets of all', () =>
  store.readBuckets({ from: epochMs(NOW - 3 * STEP), to: NOW }, signal),
);
await report('last seen in a day', () => store.lastSeen(lately, signal));
const { bytes, frames } = spill.spilled();
process.stdout.write(`a spilled step takes ${(bytes / frames / 1000).toFixed(1)} kB\n`);
await rm(directory, { recursive: true });
