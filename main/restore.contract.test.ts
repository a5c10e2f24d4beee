import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { silentLog } from '../domain/log.ts';
import { waitingRun } from '../domain/run.ts';
import { bucketStart, bytes, cores, days, epochMs, STEP } from '../domain/units.ts';
import { bootstrapOptions, OPERATOR, ORG } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { bootstrapInflux } from '../store/bootstrap.ts';
import { HEAD } from './backup-lines.ts';
import { runBackup } from './backup.ts';
import { runImport } from './import.ts';
import { openDirectStore } from './open-store.ts';
import { runRestore } from './restore.ts';

const { signal } = new AbortController();
const now = epochMs(Date.now());
const key = { namespace: 'shop', component: 'cart' };
const EVERYTHING = { from: epochMs(now - 400 * days(1)), to: epochMs(now + days(1)) };
const missing = whyNoInfluxd();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-scaling-backup-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sqlite = (name: string): Config =>
  loadConfig({ environment: {}, flags: [`store.path=${join(folder, `${name}.sqlite`)}`] });

/** All that a store holds, in an order of its own. */
async function contentOf(config: Config) {
  await using store = await openDirectStore(config.store, silentLog);
  return {
    settings: (await store.all(signal)).toSorted((a, b) => a.name.localeCompare(b.name)),
    usage: (await store.readBuckets(EVERYTHING, signal)).toSorted((a, b) => a.start - b.start),
    scores: await store.readScores(EVERYTHING, signal),
    runs: await store.list(EVERYTHING, signal),
    decisions: await store.readDecisions(undefined, EVERYTHING, 1000, signal),
  };
}

async function fill(config: Config): Promise<void> {
  await using store = await openDirectStore(config.store, silentLog);
  const last = bucketStart(now, STEP);
  const usage = {
    cpu: cores(1.5),
    cpuMax: cores(2),
    memory: bytes(2 ** 28),
    memoryMax: bytes(2 ** 29),
  };
  const counts = { replicasReady: 2, podsMissing: 0, sampleCount: 15 };
  const starts = Array.from({ length: 500 }, (_, index) => epochMs(last - (index + 1) * STEP));
  await store.appendHistory(
    starts.map((start) => ({ key, start, ...usage, ...counts })),
    signal,
  );
  const changed = { changedBy: 'user:anna', at: now };
  await store.set([{ name: 'managed/shop/cart', value: true, ...changed }], signal);
  const score = { mae: 1, mase: 0.8, pinball: 0.5, coverage: 0.8, skill: 0.3, n: 96 };
  const at = bucketStart(epochMs(now - days(1)), days(1));
  await store.writeScores(
    [{ key, resource: 'cpu', model: 'network', lead: 4, at, ...score }],
    signal,
  );
  const text = 'made its HPA';
  await store.appendDecisions(
    [{ at: now, key, kind: 'create', actor: 'self-scaling', text }],
    signal,
  );
  await store.start(waitingRun('train', 'schedule', epochMs(now - STEP)), signal);
}

test('what was exported is restored into an empty store, and once more without a change', async () => {
  const [from, to] = [sqlite('from'), sqlite('to')];
  await fill(from);
  const file = join(folder, 'all.backup');
  const told = await runBackup(from, { output: file, format: 'backup' }, silentLog, signal);
  expect(told).toBe('exported 1 setting, 500 usage, 1 score, 1 run, 1 decision');
  const restore = (dryRun: boolean) => runRestore(to, { input: file, dryRun }, silentLog, signal);
  expect(await restore(true)).toContain('would restore 1 setting');
  expect((await contentOf(to)).usage).toEqual([]);
  await restore(false);
  expect(await contentOf(to)).toEqual(await contentOf(from));
  await restore(false);
  expect(await contentOf(to)).toEqual(await contentOf(from));
});

test('a damaged backup writes nothing, and the line is named', async () => {
  const file = join(folder, 'damaged.backup');
  const whole = await readFile(join(folder, 'all.backup'), 'utf8');
  await writeFile(file, whole.slice(0, -30));
  const to = sqlite('damaged');
  await expect(
    runRestore(to, { input: file, dryRun: false }, silentLog, signal),
  ).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringMatching(/line \d+ cannot be read; nothing was written/),
  });
  expect((await contentOf(to)).usage).toEqual([]);
  await writeFile(file, 'timestamp,value\n');
  await expect(runRestore(to, { input: file, dryRun: false }, silentLog, signal)).rejects.toThrow(
    'is no backup of this version',
  );
});

test('what was changed since the backup stays as it is', async () => {
  const changed = async (config: Config): Promise<void> => {
    await using store = await openDirectStore(config.store, silentLog);
    const by = { changedBy: 'user:anna', at: epochMs(now + 1) };
    await store.set([{ name: 'managed/shop/cart', value: false, ...by }], signal);
    const [run] = await store.list({ from: epochMs(0), to: epochMs(now + 1) }, signal);
    if (run !== undefined) await store.update({ ...run, state: 'done' }, signal);
  };
  const to = sqlite('to');
  await changed(to);
  const before = await contentOf(to);
  const input = join(folder, 'all.backup');
  await runRestore(to, { input, dryRun: false }, silentLog, signal);
  expect(await contentOf(to)).toEqual(before);
});

test('usage that nobody can have measured is refused', async () => {
  const file = join(folder, 'odd.backup');
  const [head = '', ...lines] = (await readFile(join(folder, 'all.backup'), 'utf8')).split('\n');
  const usage = lines.find((line) => line.includes('"kind":"usage"')) ?? '';
  for (const [name, value] of [
    ['cpu', -1],
    ['sampleCount', -1],
    ['start', 1],
    ['start', 1e300],
  ]) {
    const odd = usage.replace(new RegExp(`"${name}":[^,}]+`), `"${name}":${value}`);
    await writeFile(file, `${head}\n${odd}\n`);
    const restored = runRestore(sqlite('odd'), { input: file, dryRun: true }, silentLog, signal);
    await expect(restored).rejects.toThrow('line 2 cannot be read');
  }
});

test.each([
  ['a name that no store keeps', { name: '__proto__', value: 1, changedBy: 'x', at: 1 }],
  ['a moment that is no date', { name: 'use/a/b', value: 1, changedBy: 'x', at: 1e300 }],
])('%s is found before anything is written', async (_, value) => {
  const file = join(folder, 'named.backup');
  const good = { name: 'managed/a/b', value: true, changedBy: 'x', at: 1 };
  const lines = [good, value].map((one) => JSON.stringify({ kind: 'setting', value: one }));
  await writeFile(file, [HEAD, ...lines].join('\n'));
  const restored = runRestore(sqlite('named'), { input: file, dryRun: true }, silentLog, signal);
  await expect(restored).rejects.toThrow('line 3 cannot be read');
});

test('a backup that cannot be put in its place says so', async () => {
  const flags = { output: join(folder, 'nowhere', 'x'), format: 'backup' } as const;
  await expect(runBackup(sqlite('from'), flags, silentLog, signal)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('--output'),
  });
});

test('history exported as CSV is what import reads', async () => {
  const file = join(folder, 'usage.csv');
  const flags = { output: file, format: 'csv', days: 28 } as const;
  await runBackup(sqlite('from'), flags, silentLog, signal);
  const to = sqlite('csv');
  await runImport(to, { input: file, namespace: 'default' }, silentLog, signal);
  const values = async (config: Config) =>
    (await contentOf(config)).usage.map(({ start, cpu, memory }) => [start, cpu, memory]);
  expect(await values(to)).toEqual(await values(sqlite('from')));
});

describe.skipIf(missing !== undefined)(`from SQLite to InfluxDB ${missing ?? ''}`, () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
    await bootstrapInflux(bootstrapOptions(influxd.url), silentLog, signal);
  });
  afterAll(() => influxd[Symbol.asyncDispose]());

  test('a backup of one store is restored into the other', async () => {
    const token = join(folder, 'token');
    await writeFile(token, OPERATOR);
    const flags = ['kind=influx2', `url=${influxd.url}`, `org=${ORG}`, `tokenFile=${token}`];
    const to = loadConfig({ environment: {}, flags: flags.map((flag) => `store.${flag}`) });
    const file = join(folder, 'all.backup');
    await runRestore(to, { input: file, dryRun: false }, silentLog, signal);
    expect(await contentOf(to)).toEqual(await contentOf(sqlite('from')));
  });
});
