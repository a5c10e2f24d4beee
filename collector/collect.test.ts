import { describe, expect, test } from 'vitest';
import { cores, bytes, epochMs, minutes, parseRfc3339, toRfc3339 } from '../domain/units.ts';
import { aBucket, cart, TEN } from '../test/builders.ts';
import {
  after,
  collecting,
  counts,
  fakeStore,
  range,
  rounds,
  sourceOf,
  using,
} from '../test/collecting.ts';

const { signal } = new AbortController();

describe('the open bucket', () => {
  test('is kept after every round, so a collector that is killed loses no sample', async () => {
    const store = fakeStore();
    await rounds(collecting(store), range(0, 3));
    expect(store.all()).toEqual([
      aBucket({
        cpu: cores(1),
        cpuMax: cores(2),
        memory: bytes(1024),
        memoryMax: bytes(1024),
        replicasReady: 1,
        sampleCount: 3,
      }),
    ]);
  });

  test('ends at the quarter hour, in UTC', async () => {
    const store = fakeStore();
    await rounds(collecting(store), range(13, 17));
    expect(store.all().map(({ start, sampleCount }) => [start, sampleCount])).toEqual([
      [TEN, 2],
      [after(15), 2],
    ]);
  });

  test('counts a minute once, whenever in it the round comes', async () => {
    const store = fakeStore();
    const source = sourceOf(() => [using(1)]);
    await rounds(collecting(store, source), [1, 1.2, 1.9, 2, 2.5]);
    expect(source.asked).toEqual([1, 2]);
    expect(counts(store)).toEqual([2]);
  });

  test('a minute without an answer is a gap, and the loop is told why', async () => {
    const store = fakeStore();
    const source = sourceOf((minute) => (minute === 1 ? undefined : [using(1)]));
    const failures = await rounds(collecting(store, source), range(0, 3));
    expect(failures).toEqual([new Error('metrics-server is away')]);
    expect(counts(store)).toEqual([2]);
  });

  test('two workloads of one name are summed', async () => {
    const store = fakeStore();
    await rounds(
      collecting(
        store,
        sourceOf(() => [using(0.5), using(0.25)]),
      ),
      [0],
    );
    expect(store.all().map(({ cpu, sampleCount }) => [cpu, sampleCount])).toEqual([[0.75, 1]]);
  });

  test('what was seen last can be asked for', async () => {
    const one = collecting(fakeStore());
    await rounds(one, [0, 7]);
    expect(one.sampledAt()).toBe(after(7));
    expect(one.latest(cart)?.cpu).toBe(7);
    expect(one.latest({ namespace: 'shop', component: 'nobody' })).toBeUndefined();
  });
});

describe('D09: a bucket is a pure function of its samples', () => {
  test('50 components of constant usage: the stored mean equals the input exactly, in any order', async () => {
    const components = range(0, 50).map((n) =>
      using(n / 10 + 0.1, { namespace: 'shop', component: `c${n}` }),
    );
    const store = fakeStore();
    const turned = (minute: number) => [
      ...components.slice(minute % 50),
      ...components.slice(0, minute % 50),
    ];
    await rounds(collecting(store, sourceOf(turned)), range(0, 15));
    const stored = new Map(store.all().map(({ key, cpu }) => [key.component, cpu]));
    expect(stored).toEqual(
      new Map(components.map(({ key, pods }) => [key.component, pods[0]?.usage?.cpu])),
    );
  });
});

test('buckets that have ended are counted when the store has them; pods not reported are told', async () => {
  const store = fakeStore();
  const silentPod = { ...using(1), pods: [...using(1).pods, { name: 'two' }] };
  const one = collecting(
    store,
    sourceOf(() => [silentPod]),
  );
  await rounds(one, range(0, 16));
  expect([one.closed(), one.missing()]).toEqual([1, 1]);
  store.full = true;
  await rounds(one, range(16, 31));
  expect(one.closed()).toBe(1);
  store.full = false;
  await rounds(one, [31]);
  expect(one.closed()).toBe(2);
});

describe('D10: UTC everywhere', () => {
  const zoneBefore = process.env['TZ'];
  const stored = async (zone: string, from: string): Promise<string[]> => {
    process.env['TZ'] = zone;
    const start = parseRfc3339(from) ?? TEN;
    const store = fakeStore();
    const one = collecting(
      store,
      sourceOf(() => [using(1)]),
    );
    for (const minute of range(0, 180)) await one.round(epochMs(start + minutes(minute)), signal);
    process.env['TZ'] = zoneBefore ?? '';
    if (zoneBefore === undefined) delete process.env['TZ'];
    return store.all().map((bucket) => `${toRfc3339(bucket.start)} ${bucket.sampleCount}`);
  };

  test.each([
    ['in spring', '2026-03-29T00:00:00Z'],
    ['in autumn', '2026-10-25T00:00:00Z'],
  ])(
    'stored points are identical in three time zones across the clock change %s',
    async (_, from) => {
      const utc = await stored('UTC', from);
      expect(utc).toHaveLength(12);
      expect(utc.every((row) => row.endsWith(' 15'))).toBe(true);
      expect(await stored('Europe/Madrid', from)).toEqual(utc);
      expect(await stored('America/New_York', from)).toEqual(utc);
    },
  );
});
