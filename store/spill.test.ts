import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import type { Decision } from '../domain/decision.ts';
import { refusal, storeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { cores, days, epochMs, STEP, type EpochMs } from '../domain/units.ts';
import { aBucket, cart, TEN } from '../test/builders.ts';
import { spillableStore } from '../test/spillable-store.ts';
import { withSpill } from './spill.ts';

const { signal } = new AbortController();
const LIMIT = 1024 * 1024;
const AWAY = { code: 'STORE_UNAVAILABLE' };
const at = (steps: number): EpochMs => epochMs(TEN + steps * STEP);
const all = { from: epochMs(0), to: epochMs(TEN + days(9)) };
const aDecision = (text: string): Decision => ({
  at: TEN,
  key: cart,
  kind: 'apply',
  actor: 'self-scaling',
  text,
});
const named = (component: string, about: Partial<UsageBucket> = {}): UsageBucket =>
  aBucket({ key: { namespace: 'shop', component }, ...about });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spill-'));
  return () => rm(directory, { recursive: true, force: true });
});

async function opened(store = spillableStore(), limitBytes = LIMIT, folder = directory) {
  const losses: number[] = [];
  const lost = (points: number): unknown => losses.push(points);
  const options = { directory: folder, limitBytes, lost };
  return { store, losses, spill: await withSpill(store, options, silentLog, () => TEN) };
}
const files = async (folder = directory): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();

test('while the store answers nothing touches the disk, and every other method is the store’s own', async () => {
  const { store, spill } = await opened();
  await spill.appendHistory([aBucket()], signal);
  await spill.appendDecisions([aDecision('one')], signal);
  expect(store.history).toEqual([aBucket()]);
  expect(store.ledger).toEqual([aDecision('one')]);
  expect(spill.spilled()).toEqual({ bytes: 0, frames: 0 });
  expect(await files()).toEqual([]);
  expect(await spill.readScores()).toBe('passed on');
});

test('what is acknowledged while the store is away reaches it afterwards, once and in order', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  for (const steps of [0, 1, 2]) await spill.appendHistory([aBucket({ start: at(steps) })], signal);
  for (const text of ['one', 'two']) await spill.appendDecisions([aDecision(text)], signal);
  expect(spill.spilled().frames).toBe(5);
  expect(await spill.drain(signal)).toBe(0);
  store.goes(false);
  expect(await spill.drain(signal)).toBe(5);
  expect(store.history).toEqual([0, 1, 2].map((steps) => aBucket({ start: at(steps) })));
  expect(store.ledger.map(({ text }) => text)).toEqual(['one', 'two']);
  expect(spill.spilled()).toEqual({ bytes: 0, frames: 0 });
  expect(await files()).toEqual([]);
  expect(await spill.drain(signal)).toBe(0);
});

test('what was spilled outlives the process', async () => {
  const before = await opened();
  before.store.goes(true);
  await before.spill.appendHistory([aBucket()], signal);
  const { store, spill } = await opened();
  expect(spill.spilled().frames).toBe(1);
  expect(await spill.drain(signal)).toBe(1);
  expect(store.history).toEqual([aBucket()]);
});

test('an open bucket that was spilled minute by minute is written once, as it was last', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  for (const sampleCount of [1, 2, 3])
    await spill.appendHistory([aBucket({ sampleCount })], signal);
  store.goes(false);
  expect(await spill.drain(signal)).toBe(3);
  expect(store.history).toEqual([aBucket({ sampleCount: 3 })]);
});

test('what is new goes behind what waits, though the store is back; another day goes straight', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  await spill.appendHistory([named('first')], signal);
  store.goes(false);
  const tomorrow = named('tomorrow', { start: epochMs(TEN + days(1)) });
  await spill.appendHistory([named('second'), tomorrow], signal);
  expect(store.history).toEqual([tomorrow]);
  await spill.drain(signal);
  expect(store.history).toEqual([tomorrow, named('first'), named('second')]);
});

test('what comes while it drains is drained too, or goes straight; nothing is lost between', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  const names = Array.from({ length: 50 }, (_, index) => `component-${index}`);
  for (const name of names.slice(0, 10)) await spill.appendHistory([named(name)], signal);
  store.goes(false);
  await Promise.all([
    spill.drain(signal),
    ...names.slice(10).map((name) => spill.appendHistory([named(name)], signal)),
  ]);
  await spill.drain(signal);
  expect(store.history.map(({ key }) => key.component).toSorted()).toEqual(names.toSorted());
});

describe('a collector that starts anew', () => {
  test('finds the open bucket of the disk before that of the store', async () => {
    const { store, spill } = await opened();
    await spill.appendHistory([aBucket({ sampleCount: 4 }), named('api')], signal);
    store.goes(true);
    await spill.appendHistory([aBucket({ sampleCount: 6, cpu: cores(0.25) })], signal);
    store.goes(false);
    const found = await spill.readBuckets(all, signal);
    expect(found).toEqual([aBucket({ sampleCount: 6, cpu: cores(0.25) }), named('api')]);
  });

  test('finds it while the store is away', async () => {
    const { store, spill } = await opened();
    store.goes(true);
    await spill.appendHistory([aBucket(), aBucket({ start: at(1) })], signal);
    const again = await opened(store);
    const window = { from: at(1), to: at(2) };
    expect(await again.spill.readBuckets(window, signal)).toEqual([aBucket({ start: at(1) })]);
  });

  test('is told that nothing is known when neither has anything', async () => {
    const { store, spill } = await opened();
    store.goes(true);
    await spill.appendHistory([aBucket()], signal);
    await expect(spill.readBuckets({ from: at(1), to: at(2) }, signal)).rejects.toMatchObject(AWAY);
  });
});

test('a component is forgotten with what waits of it on disk, or not yet', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  await spill.appendHistory([aBucket(), named('api')], signal);
  await expect(spill.forget(cart, signal)).rejects.toMatchObject(AWAY);
  store.goes(false);
  await spill.forget(cart, signal);
  await spill.drain(signal);
  expect(store.history).toEqual([named('api')]);
});

describe('when the store is back', () => {
  test('one bad bucket among many costs that bucket, which is set aside', async () => {
    const { store, spill, losses } = await opened();
    expect(spill.waitingSince()).toBeUndefined();
    store.goes(true);
    const names = Array.from({ length: 100 }, (_, index) => `component-${index}`);
    await spill.appendHistory(
      names.map((name) => named(name)),
      signal,
    );
    expect(spill.waitingSince()).toBe(TEN);
    store.goes(false);
    store.refuses(({ key }) =>
      key.component === 'component-42' ? refusal('REQUEST_INVALID', 'no') : undefined,
    );
    await spill.drain(signal);
    const arrived = store.history.map(({ key }) => key.component);
    expect(arrived).toEqual(names.filter((name) => name !== 'component-42'));
    const rejected = await readFile(join(directory, 'rejected.jsonl'), 'utf8');
    expect(JSON.parse(rejected)).toEqual({ why: 'no', entry: named('component-42') });
    expect(losses).toEqual([1]);
    expect(spill.spilled().frames).toBe(0);
    expect(spill.waitingSince()).toBeUndefined();
  });

  test('a day that it refuses holds up its day alone', async () => {
    const { store, spill } = await opened();
    store.goes(true);
    const buckets = [0, 1, 2].map((day) => aBucket({ start: epochMs(TEN + days(day)) }));
    await spill.appendHistory(buckets, signal);
    store.goes(false);
    store.refuses(({ start }) => (start === TEN ? storeUnavailable('shard closed') : undefined));
    expect(await spill.drain(signal)).toBe(2);
    expect(store.history).toEqual(buckets.slice(1));
    store.refuses(() => undefined);
    expect(await spill.drain(signal)).toBe(1);
    expect(store.history).toHaveLength(3);
  });

  test('a bug in it is not taken for a bad bucket: the bucket stays', async () => {
    const { store, spill } = await opened();
    store.goes(true);
    await spill.appendHistory([aBucket()], signal);
    store.goes(false);
    store.refuses(() => new TypeError('a bug'));
    await expect(spill.drain(signal)).rejects.toThrow('a bug');
    expect(spill.spilled().frames).toBe(1);
  });
});

test('what no store would take is refused at once, also while the store is away', async () => {
  const { store, spill } = await opened();
  store.goes(true);
  const wrong = [aBucket(), aBucket({ cpu: cores(Number.NaN) })];
  await expect(spill.appendHistory(wrong, signal)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
  expect(spill.spilled().frames).toBe(0);
});

test('who has given up is not acknowledged', async () => {
  const { spill } = await opened();
  const gone = AbortSignal.abort();
  await expect(spill.appendHistory([aBucket()], gone)).rejects.toBe(gone.reason);
});
