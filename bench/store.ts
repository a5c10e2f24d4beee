import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aBucket, aForecast, anIssue } from '../test/builders.ts';
import { silentLog } from '../domain/log.ts';
import { bucketStart, cores, days, epochMs, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { openSqliteStore } from '../store/sqlite.ts';

/* Scale of the SQLite store on this machine's disk: `node bench/store.ts [components]`. */

const ROUNDS = 5;
const STEPS_AT_ONCE = 12;
const STEPS = 28 * STEPS_A_DAY;
const NOW = bucketStart(epochMs(1_795_000_000_000), STEP);
const { signal } = new AbortController();

const components = Number(process.argv[2] ?? 1000);
const keys = Array.from({ length: components }, (_, index) => ({
  namespace: 'shop',
  component: `part-${index}`,
}));
const folder = await mkdtemp(join(tmpdir(), 'store-bench-'));
const path = join(folder, 'store.db');
const store = await openSqliteStore({ path, vintageEvery: 1 }, silentLog);
const withoutVintages = { path: join(folder, 'bare.db'), vintageEvery: Infinity };
const bare = await openSqliteStore(withoutVintages, silentLog);

const oneStep = (step: number) =>
  keys.map((key, index) =>
    aBucket({ key, start: epochMs(NOW + step * STEP), cpu: cores(index / 7) }),
  );
const issues = keys.flatMap((key) =>
  (['cpu', 'memory'] as const).map((resource) => {
    const forecast = aForecast(1.5, { start: NOW });
    const issued = { forecast, issuedAt: NOW, model: 'naive', run: 'train-1' };
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
process.stdout.write(`${components} components, median of ${ROUNDS}\n`);
await report('28 days written', importMonth, 1);
await report('one step written', () => store.appendHistory(oneStep((step += 1)), signal));
await report('28 days of 200 read', () => read(keys.slice(0, 200)));
await report('28 days of all read', () => read('everybody'));
await report('2 forecasts of 192 steps each, written', () => store.writeFuture(issues, signal));
await report('the same, without vintages', () => bare.writeFuture(issues, signal));
await bare[Symbol.asyncDispose]();
const window = { from: epochMs(NOW - days(1)), to: epochMs(NOW + days(1)) };
await report('the same, read', () => store.readFuture(window, signal));
await report('the vintages of one lead, read', async () => {
  let found = 0;
  for await (const { values } of store.readVintages(4, window, signal)) found += values.length;
  if (found !== issues.length * 11) throw new Error(`read ${found} values of vintages`);
});
const since = { from: epochMs(NOW + 1), to: window.to };
await report('nothing new since', () => store.readFuture(since, signal));
const lastHour = { from: epochMs(NOW - 4 * STEP), to: NOW };
await report('the last hour of all, whole buckets', () => store.readBuckets(lastHour, signal));
const retention = { historyMs: days(14), evalMs: days(365) };
await report('14 days expired, space given back', () => store.expire(NOW, retention, signal), 1);
await store[Symbol.asyncDispose]();
process.stdout.write(`file ${((await stat(path)).size / 1e6).toFixed(0)} MB\n`);
const { maxRSS } = process.resourceUsage();
process.stdout.write(`peak memory of the process ${(maxRSS / 1024).toFixed(0)} MiB\n`);
await rm(folder, { recursive: true });
