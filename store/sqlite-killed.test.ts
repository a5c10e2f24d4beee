import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { epochMs, hours } from '../domain/units.ts';
import { openSqliteStore } from './sqlite.ts';

/** Appends bucket after bucket and a setting beside each, and prints every start that was acknowledged. */
const WRITER = `
  import { openSqliteStore } from '${import.meta.resolve('./sqlite.ts')}';
  import { silentLog } from '${import.meta.resolve('../domain/log.ts')}';
  const store = await openSqliteStore({ path: process.argv[1] }, silentLog);
  const { signal } = new AbortController();
  const key = { namespace: 'shop', component: 'cart' };
  const usage = { cpu: 1, cpuMax: 1, memory: 1, memoryMax: 1, replicasReady: 1, podsMissing: 0, sampleCount: 1 };
  for (let start = 0; ; start += 900_000) {
    await store.appendHistory([{ key, start, ...usage }], signal);
    await store.set([{ name: 'last', value: start, changedBy: 'test', at: start }], signal);
    console.log(start);
  }
`;
const ENOUGH = 200;

test('kill -9 loses nothing that was acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-killed-'));
  const path = join(folder, 'store.db');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === ENOUGH) child.kill('SIGKILL');
  }
  expect(await gone).toEqual([null, 'SIGKILL']);

  await using store = await openSqliteStore({ path }, silentLog);
  const { signal } = new AbortController();
  const window = { from: epochMs(0), to: epochMs(hours(1_000_000)) };
  const found = await store.readBuckets(window, signal);
  const starts = found.map(({ start }) => Number(start));
  expect(acknowledged.filter((start) => !starts.includes(start))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(ENOUGH);
  expect(starts.length - acknowledged.length).toBeLessThanOrEqual(1);
  const [last] = await store.all(signal);
  expect(last?.value).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? Infinity);
  await rm(folder, { recursive: true });
});
