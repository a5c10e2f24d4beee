import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { silentLog, type Log } from '../domain/log.ts';
import { cores } from '../domain/units.ts';
import { aBucket, TEN } from '../test/builders.ts';
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
import { collector } from './collect.ts';

describe('a restart', () => {
  test('goes on where the killed collector left the bucket', async () => {
    const store = fakeStore();
    await rounds(collecting(store), range(0, 5));
    await rounds(collecting(store), range(8, 15));
    const [bucket] = store.all();
    // The first minute after a restart is not counted where something was there: it may have been before.
    const seen = [0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 14];
    expect(bucket?.sampleCount).toBe(seen.length);
    expect(bucket?.cpu).toBeCloseTo(seen.reduce((a, b) => a + b) / seen.length, 12);
    expect(bucket?.cpuMax).toBe(14);
  });

  test('within one minute counts that minute once', async () => {
    const store = fakeStore();
    await rounds(collecting(store), [0, 2, 4]);
    await rounds(collecting(store), [4.5, 5]);
    expect(counts(store)).toEqual([4]);
  });

  test('with the store away holds the samples, and merges them when it is back', async () => {
    const store = fakeStore(aBucket({ cpu: cores(10), sampleCount: 4 }));
    store.away = true;
    const one = collecting(
      store,
      sourceOf(() => [using(1)]),
    );
    const failures = await rounds(one, range(5, 8));
    expect(failures).toHaveLength(3);
    expect(counts(store)).toEqual([4]);
    store.away = false;
    await rounds(one, [8]);
    expect(counts(store)).toEqual([7]);
    expect(store.all()[0]?.cpu).toBeCloseTo((4 * 10 + 3 * 1) / 7, 12);
  });

  test('with the store away delays only the quarter that may have been begun by another', async () => {
    const store = fakeStore(aBucket({ sampleCount: 4 }));
    store.away = true;
    const one = collecting(store);
    await rounds(one, range(13, 17));
    expect(store.all().map(({ start, sampleCount }) => [start, sampleCount])).toEqual([
      [TEN, 4],
      [after(15), 2],
    ]);
    store.away = false;
    await rounds(one, [17]);
    expect(counts(store)).toEqual([5, 3]);
  });

  test('reads the store once, not every quarter', async () => {
    const store = fakeStore();
    await rounds(collecting(store), range(0, 60));
    expect(store.reads).toBe(1);
    expect(counts(store)).toEqual([15, 15, 15, 15]);
  });
});

describe('a store and a spill that take nothing', () => {
  test('for two hours lose nothing', async () => {
    const store = fakeStore();
    const one = collecting(store);
    await rounds(one, [0]);
    store.full = true;
    const failures = await rounds(one, range(1, 130));
    expect(failures.every((failure) => isRefusal(failure, 'STORE_UNAVAILABLE'))).toBe(true);
    store.full = false;
    await rounds(one, [130]);
    expect(counts(store)).toEqual([15, 15, 15, 15, 15, 15, 15, 15, 11]);
  });

  test('for longer lose the oldest quarters, and the log says so', async () => {
    const store = fakeStore();
    const errors: object[] = [];
    const log: Log = { ...silentLog, error: (members) => void errors.push(members) };
    const losses: number[] = [];
    const one = collecting(store, undefined, log, (points) => losses.push(points));
    await rounds(one, [0]);
    store.full = true;
    await rounds(one, range(1, 151));
    expect(errors).toEqual([
      { start: TEN, buckets: 1, samples: 0 },
      { start: after(15), buckets: 1, samples: 0 },
    ]);
    expect(losses).toEqual([1, 1]);
    store.full = false;
    await rounds(one, [151]);
    expect(store.all().map(({ start }) => start)).toEqual([
      TEN,
      ...range(2, 11).map((quarter) => after(quarter * 15)),
    ]);
  });

  test('a bucket that the store will never take costs no other', async () => {
    const store = fakeStore();
    const bad = { namespace: 'shop', component: 'Bad_Name' };
    const sink = {
      async appendHistory(buckets: readonly UsageBucket[]) {
        if (buckets.some(({ key }) => key.component === bad.component)) {
          throw refusal('REQUEST_INVALID', 'component "Bad_Name" must be a DNS name');
        }
        await store.appendHistory(buckets);
      },
    };
    const components = range(0, 5).map((n) => using(1, { namespace: 'shop', component: `c${n}` }));
    const source = sourceOf(() => [...components, using(1, bad)]);
    const one = collector({ source, sink, resume: store }, silentLog);
    expect(await rounds(one, [0, 1])).toEqual([]);
    expect(counts(store)).toEqual([2, 2, 2, 2, 2]);
  });
});

describe('a clock that jumps', () => {
  test('forwards leaves a gap', async () => {
    const store = fakeStore();
    await rounds(collecting(store), [0, 1, 62, 63]);
    expect(store.all().map(({ start, sampleCount }) => [start, sampleCount])).toEqual([
      [TEN, 2],
      [after(60), 2],
    ]);
  });

  test('backwards never rewrites a closed bucket with fewer samples, nor counts a minute twice', async () => {
    const store = fakeStore();
    const one = collecting(
      store,
      sourceOf(() => [using(1)]),
    );
    await rounds(one, range(0, 33));
    await rounds(one, range(3, 33));
    expect(counts(store)).toEqual([15, 15, 3]);
  });

  test('forwards and back again goes on where the true time was left', async () => {
    const store = fakeStore();
    const one = collecting(
      store,
      sourceOf(() => [using(1)]),
    );
    await rounds(one, [...range(0, 5), 424, 425, ...range(7, 15)]);
    expect(store.all().map(({ start, sampleCount }) => [start, sampleCount])).toEqual([
      [TEN, 5 + 7],
      [after(420), 2],
    ]);
  });
});

test('whatever fails and whenever it is killed, no minute is counted twice and few are lost', async () => {
  const happening = fc.constantFrom('well', 'well', 'well', 'gap', 'away', 'full', 'killed');
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 100 }), async (story) => {
      const store = fakeStore();
      let one = collecting(
        store,
        sourceOf(() => [using(1)]),
      );
      let lost = 0;
      let held = 0;
      for (const [minute, happens] of story.entries()) {
        if (happens === 'killed') {
          one = collecting(
            store,
            sourceOf(() => [using(1)]),
          );
          lost += held + 1; // and the first minute of the next
          held = 0;
        }
        store.away = happens === 'away';
        store.full = happens === 'full';
        if (happens === 'gap') lost += 1;
        else await rounds(one, [minute]);
        held = happens === 'away' || happens === 'full' ? held + 1 : held;
      }
      store.away = false;
      store.full = false;
      await rounds(one, [story.length]);
      const total = counts(store).reduce((sum, count) => sum + count, 0);
      expect(total).toBeLessThanOrEqual(story.length + 1);
      expect(total).toBeGreaterThanOrEqual(story.length + 1 - lost);
    }),
    { numRuns: 200 },
  );
});
