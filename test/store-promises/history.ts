import { describe, expect, test } from 'vitest';
import { bytes, cores, epochMs } from '../../domain/units.ts';
import { aBucket, cart } from '../builders.ts';
import type { Store } from '../store-port.ts';
import {
  INVALID,
  LATELY,
  NOW,
  at,
  bucketsOf,
  byText,
  columnsOf,
  component,
  signal,
} from './builders.ts';

/** Promises about history; `store` gives the fresh store of the test. */
export function historyPromises(store: () => Store): void {
  describe('history', () => {
    test('what is appended is read back equal, whatever the order of writing', async () => {
      const written = [-3, -2, -1].map((steps) =>
        aBucket({
          start: at(steps),
          cpu: cores(0.1 * steps + 1),
          replicasReady: 1.5,
          podsMissing: 1,
        }),
      );
      await store().appendHistory(written.toReversed(), signal);
      const found = await store().readBuckets(LATELY, signal);
      expect(found.toSorted((a, b) => a.start - b.start)).toEqual(written);
    });

    test('a window holds its start and not its end', async () => {
      await store().appendHistory(
        [-3, -2, -1].map((steps) => aBucket({ start: at(steps) })),
        signal,
      );
      const window = { from: at(-2), to: at(-1) };
      expect(await bucketsOf(store(), window)).toEqual([aBucket({ start: at(-2) })]);
      expect((await columnsOf(store(), [cart], window)).map(({ starts }) => [...starts])).toEqual([
        [at(-2)],
      ]);
      expect(await store().lastSeen(window, signal)).toEqual([{ key: cart, start: at(-2) }]);
    });

    test('an empty window holds nothing', async () => {
      await store().appendHistory([aBucket({ start: NOW })], signal);
      const window = { from: NOW, to: NOW };
      expect(await bucketsOf(store(), window)).toEqual([]);
      expect(await columnsOf(store(), 'everybody', window)).toEqual([]);
      expect(await store().lastSeen(window, signal)).toEqual([]);
    });

    test('a read without an end is refused', async () => {
      const window = { from: NOW, to: epochMs(Infinity) };
      await expect(store().readBuckets(window, signal)).rejects.toMatchObject(INVALID);
      await expect(store().readFuture(window, signal)).rejects.toMatchObject(INVALID);
      await expect(columnsOf(store(), 'everybody', window)).rejects.toMatchObject(INVALID);
    });

    test('a column ascends, and what is missing is absent', async () => {
      await store().appendHistory(
        [
          aBucket({ start: at(-1), cpu: cores(3), memory: bytes(30) }),
          aBucket({ start: at(-4), cpu: cores(1), memory: bytes(10) }),
          aBucket({ start: at(-3), cpu: cores(0), memory: bytes(20) }),
        ],
        signal,
      );
      const starts = Float64Array.of(at(-4), at(-3), at(-1));
      expect(await columnsOf(store(), [cart])).toEqual([
        { key: cart, starts, values: Float64Array.of(1, 0, 3) },
      ]);
      expect(await columnsOf(store(), [cart], LATELY, 'memory')).toEqual([
        { key: cart, starts, values: Float64Array.of(10, 20, 30) },
      ]);
    });

    test('who was not seen in the window has no column', async () => {
      await store().appendHistory(
        [aBucket(), aBucket({ key: component('api'), start: at(-200) })].map((bucket) => ({
          ...bucket,
          start: bucket.key === cart ? at(-1) : bucket.start,
        })),
        signal,
      );
      const asked = [cart, component('api'), component('nobody')];
      expect((await columnsOf(store(), asked)).map(({ key }) => key)).toEqual([cart]);
      expect((await columnsOf(store())).map(({ key }) => key)).toEqual([cart]);
      expect(await columnsOf(store(), [])).toEqual([]);
    });

    test('everybody is everybody, of all namespaces', async () => {
      const keys = [cart, component('api'), { namespace: 'other', component: 'cart' }];
      await store().appendHistory(
        keys.map((key) => aBucket({ key, start: at(-1) })),
        signal,
      );
      expect((await columnsOf(store())).map(({ key }) => key)).toEqual(keys.toSorted(byText));
      expect((await bucketsOf(store())).map(({ key }) => key)).toEqual(keys.toSorted(byText));
    });

    test('lastSeen names the last bucket of each', async () => {
      await store().appendHistory(
        [
          aBucket({ start: at(-2) }),
          aBucket({ start: at(-5) }),
          aBucket({ key: component('api'), start: at(-9) }),
        ],
        signal,
      );
      expect((await store().lastSeen(LATELY, signal)).toSorted(byText)).toEqual(
        [
          { key: cart, start: at(-2) },
          { key: component('api'), start: at(-9) },
        ].toSorted(byText),
      );
    });

    test('the same bucket written twice is there once', async () => {
      await store().appendHistory([aBucket({ start: at(-1) })], signal);
      await store().appendHistory([aBucket({ start: at(-1) })], signal);
      expect(await bucketsOf(store())).toEqual([aBucket({ start: at(-1) })]);
    });

    test.each([
      { before: 4, after: 5, counts: 5 },
      { before: 4, after: 4, counts: 4 },
      { before: 4, after: 3, counts: 4 },
    ])(
      'of $before samples, then $after, those of $counts are kept',
      async ({ before, after, counts }) => {
        const bucket = (sampleCount: number, cpu: number) =>
          aBucket({ start: at(-1), sampleCount, cpu: cores(cpu) });
        await store().appendHistory([bucket(before, 1)], signal);
        await store().appendHistory([bucket(after, 2)], signal);
        expect(await bucketsOf(store())).toEqual([bucket(counts, after >= before ? 2 : 1)]);
      },
    );

    test('5,001 buckets in one append, 201 components in one read', async () => {
      const keys = Array.from({ length: 201 }, (_, index) => component(`part-${index}`));
      const written = Array.from({ length: 5001 }, (_, index) =>
        aBucket({
          key: keys[index % keys.length] ?? cart,
          start: at(-1 - Math.floor(index / keys.length)),
          cpu: cores(index),
        }),
      );
      await store().appendHistory(written, signal);
      const found = await columnsOf(store(), keys);
      expect(found).toHaveLength(keys.length);
      expect(found.reduce((sum, { values }) => sum + values.length, 0)).toBe(written.length);
      expect(found.find(({ key }) => key.component === 'part-200')?.values.at(-1)).toBe(200);
    });

    test('a dot in a name is a dot, and 253 characters are a name', async () => {
      const keys = [component('a.b-c'), component('axb-c'), component('n'.repeat(253))];
      await store().appendHistory(
        keys.map((key) => aBucket({ key, start: at(-1) })),
        signal,
      );
      expect((await columnsOf(store(), [component('a.b-c')])).map(({ key }) => key)).toEqual([
        component('a.b-c'),
      ]);
      expect((await columnsOf(store(), keys)).map(({ key }) => key)).toEqual(keys.toSorted(byText));
    });

    test.each(['x" or true', '${1}', '\\', 'a,b', 'a b', 'a\n', ''])(
      'the name %j is refused, and nothing beside it is written',
      async (wrong) => {
        const written = [
          aBucket({ start: at(-1) }),
          aBucket({ key: component(wrong), start: at(-1) }),
        ];
        await expect(store().appendHistory(written, signal)).rejects.toMatchObject(INVALID);
        await expect(columnsOf(store(), [component(wrong)])).rejects.toMatchObject(INVALID);
        await expect(store().forget(component(wrong), signal)).rejects.toMatchObject(INVALID);
        expect(await bucketsOf(store())).toEqual([]);
      },
    );

    test.each([
      ['cpu', Number.NaN],
      ['cpuMax', Infinity],
      ['memory', -Infinity],
      ['memoryMax', Number.NaN],
      ['replicasReady', Number.NaN],
      ['podsMissing', 0.5],
      ['sampleCount', Number.NaN],
      ['start', 1],
    ])(
      'a bucket whose %s is %d is refused, and nothing beside it is written',
      async (member, value) => {
        const written = [
          aBucket({ start: at(-1) }),
          { ...aBucket({ start: at(-2) }), [member]: value },
        ];
        await expect(store().appendHistory(written, signal)).rejects.toMatchObject(INVALID);
        expect(await bucketsOf(store())).toEqual([]);
      },
    );

    test('negative zero is zero', async () => {
      await store().appendHistory([aBucket({ start: at(-1), cpu: cores(-0) })], signal);
      expect(await bucketsOf(store())).toEqual([aBucket({ start: at(-1), cpu: cores(0) })]);
    });

    test('nothing appended is nothing done', async () => {
      await store().appendHistory([], signal);
      expect(await bucketsOf(store())).toEqual([]);
    });
  });
}
