import { describe, expect, test } from 'vitest';
import { horizonOf, packedValue, type PackedIssue } from '../../domain/packed-forecast.ts';
import {
  cores,
  days,
  epochMs,
  hours,
  minutes,
  seconds,
  STEP,
  type Window,
} from '../../domain/units.ts';
import { aBucket, aForecast, anIssue, cart } from '../builders.ts';
import type { Store } from '../store-port.ts';
import {
  INVALID,
  LATELY,
  NOW,
  anIssueOf,
  at,
  bucketsOf,
  byText,
  columnsOf,
  component,
  signal,
} from './builders.ts';

/** Promises about future; `store` gives the fresh store of the test. */
export function futurePromises(store: () => Store): void {
  describe('future', () => {
    const future = async (window: Window = LATELY): Promise<PackedIssue[]> =>
      (await store().readFuture(window, signal)).toSorted((a, b) =>
        byText([a.key, a.resource], [b.key, b.resource]),
      );

    test('a forecast that lies wholly in the future is read back, never below what was forecast', async () => {
      const values = [
        Float64Array.from({ length: 192 }, (_, step) => step / 7),
        Float64Array.from({ length: 192 }, (_, step) => step / 3),
      ];
      const start = epochMs(NOW + days(2));
      const forecast = aForecast(1, { start, levels: [0.5, 0.9], values });
      const issued = { forecast, issuedAt: NOW, model: 'median-7d', run: 'train-7' };
      await store().writeFuture([anIssue({ issued })], signal);
      const [found] = await future();
      expect(found).toMatchObject({
        key: cart,
        resource: 'cpu',
        issuedAt: NOW,
        start,
        step: STEP,
        levels: [0.5, 0.9],
        model: 'median-7d',
        run: 'train-7',
      });
      values.forEach((row, level) =>
        row.forEach((value, step) => {
          const packed = packedValue(found!, level, step);
          expect(packed).toBeGreaterThanOrEqual(value);
          expect(packed).toBeLessThanOrEqual(value + (found!.scales[level] ?? 0));
        }),
      );
    });

    test('a second forecast replaces the first whole', async () => {
      await store().writeFuture(
        [
          anIssue({
            issued: { ...anIssueOf(1).issued, forecast: aForecast(1, { start: at(1) }) },
          }),
        ],
        signal,
      );
      const issuedAt = epochMs(NOW + seconds(60));
      await store().writeFuture(
        [anIssueOf(2, { issuedAt, model: 'other', run: 'train-2' })],
        signal,
      );
      const found = await future();
      expect(found).toMatchObject([
        { issuedAt, levels: [0.5, 0.9], model: 'other', run: 'train-2' },
      ]);
      expect(found.map(horizonOf)).toEqual([4]);
      expect(packedValue(found[0]!, 0, 0)).toBeCloseTo(2, 3);
    });

    test('what was issued earlier never hides what was issued later', async () => {
      await store().writeFuture([anIssueOf(2)], signal);
      await store().writeFuture([anIssueOf(1, { issuedAt: epochMs(NOW - minutes(5)) })], signal);
      expect(packedValue((await future())[0]!, 0, 0)).toBeCloseTo(2, 3);
    });

    test('only what was issued in the window is read', async () => {
      await store().writeFuture([anIssueOf(1)], signal);
      expect(await future({ from: NOW, to: epochMs(NOW + seconds(1)) })).toHaveLength(1);
      expect(await future({ from: epochMs(NOW - hours(1)), to: NOW })).toEqual([]);
      expect(await future({ from: epochMs(NOW + seconds(1)), to: LATELY.to })).toEqual([]);
    });

    test('an issue of 25 hours ago is found by who looks that far back', async () => {
      await store().writeFuture([anIssueOf(1, { issuedAt: epochMs(NOW - hours(25)) })], signal);
      expect(await future({ from: epochMs(NOW - hours(30)), to: NOW })).toHaveLength(1);
    });

    test('each component and each resource has its own', async () => {
      const issues = [
        anIssueOf(1),
        { ...anIssueOf(2), resource: 'memory' as const },
        { ...anIssueOf(3), key: component('api') },
      ];
      await store().writeFuture(issues, signal);
      expect((await future()).map((issue) => packedValue(issue, 0, 3)?.toFixed(2))).toEqual([
        '3.00',
        '1.00',
        '2.00',
      ]);
    });

    test('training reads no forecast', async () => {
      const written = [aBucket({ start: at(-4) }), aBucket({ start: at(-1), cpu: cores(0.1) })];
      await store().appendHistory(written, signal);
      const before = await columnsOf(store());
      const forecast = aForecast(1e6, { start: at(-4) });
      await store().writeFuture(
        [anIssue({ issued: { ...anIssueOf(1).issued, forecast } })],
        signal,
      );
      expect(await columnsOf(store())).toEqual(before);
      expect(await bucketsOf(store())).toEqual(written);
    });

    test.each([
      ['has NaN', { values: [Float64Array.of(1, Number.NaN), Float64Array.of(1, 2)] }],
      ['has Infinity', { values: [Float64Array.of(1, Infinity), Float64Array.of(1, 2)] }],
      ['has more levels than rows', { values: [Float64Array.of(1, 2)] }],
      ['has unequal rows', { values: [Float64Array.of(1), Float64Array.of(1, 2)] }],
      ['has no steps', { values: [new Float64Array(), new Float64Array()] }],
    ])('a forecast that %s is refused, and nothing beside it is written', async (_, about) => {
      const wrong = anIssueOf(1, { forecast: { ...anIssueOf(1).issued.forecast, ...about } });
      const written = [{ ...anIssueOf(1), key: component('api') }, wrong];
      await expect(store().writeFuture(written, signal)).rejects.toMatchObject(INVALID);
      expect(await future()).toEqual([]);
    });
  });
}
