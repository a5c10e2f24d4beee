import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { fnv1a } from '../../domain/fnv.ts';
import { days, epochMs, hours, minutes, STEP, type EpochMs } from '../../domain/units.ts';
import type { SeriesMemory } from './choice-memory.ts';
import { isDue, isItsTurn } from './due.ts';

const chosenAt = (at: EpochMs, about: Partial<SeriesMemory> = {}): SeriesMemory => ({
  at,
  since: epochMs(at - days(28)),
  parts: [['network', 1]],
  losses: [],
  ...about,
});
const MIDNIGHT = epochMs(TEN - hours(10));
const ids = Array.from({ length: 640 }, (_, index) => `shop/c${index}`);

test('what was never chosen is due', () => {
  expect(isDue(undefined, 'shop/cart', TEN)).toBe(true);
});

test('a choice of the future is due: a clock has jumped back', () => {
  expect(isDue(chosenAt(epochMs(TEN + hours(1))), 'shop/cart', TEN)).toBe(true);
});

describe('a choice of yesterday', () => {
  const yesterday = chosenAt(epochMs(TEN - days(1)));
  const dueAt = (at: EpochMs): number => ids.filter((id) => isDue(yesterday, id, at)).length;
  test('is not due before midnight, and everybody’s by the end of the night', () => {
    expect(dueAt(epochMs(MIDNIGHT - minutes(1)))).toBe(0);
    expect(dueAt(epochMs(MIDNIGHT + hours(8)))).toBe(ids.length);
  });
  test('falls due over the night, at no step for more than a tenth', () => {
    const perStep = Array.from(
      { length: 32 },
      (_, step) =>
        dueAt(epochMs(MIDNIGHT + step * STEP)) - dueAt(epochMs(MIDNIGHT + (step - 1) * STEP)),
    );
    expect(Math.max(...perStep)).toBeLessThan(ids.length / 10);
  });
});

test('a choice of this night is not due again before the next', () => {
  const tonight = chosenAt(epochMs(MIDNIGHT + hours(8)));
  const due = ids.filter((id) => isDue(tonight, id, epochMs(MIDNIGHT + days(1) - 1)));
  expect(due).toEqual([]);
});

test('nights that were missed are made up for at once', () => {
  expect(isDue(chosenAt(epochMs(TEN - days(3))), 'shop/cart', TEN)).toBe(true);
});

test('a series that a rule serves waits a week', () => {
  const spared = (age: number) => chosenAt(epochMs(TEN - days(age)), { spared: 'a rule will do' });
  expect(isDue(spared(5), 'shop/cart', TEN)).toBe(false);
  expect(isDue(spared(8), 'shop/cart', TEN)).toBe(true);
});

describe('a forecast is renewed', () => {
  const renewedAt = (series: number, step: number): string[] =>
    ids.filter((id) => isItsTurn(id, series, epochMs(TEN + step * STEP)));
  test('each step while there are 24,000 series at most', () => {
    expect(renewedAt(24_000, 0)).toEqual(ids);
  });
  test.each([
    [40_000, 2],
    [80_000, 4],
    [800_000, 4],
  ])('of %i series in its turn, one of %i', (series, turns) => {
    const steps = Array.from({ length: turns }, (_, step) => renewedAt(series, step));
    expect(steps.flat().toSorted()).toEqual(ids.toSorted());
    for (const one of steps) expect(one.length).toBeLessThan((1.3 * ids.length) / turns);
    expect(renewedAt(series, turns)).toEqual(steps[0]);
  });
  test('in turns that differ within a shard too', () => {
    const shard = ids.filter((id) => fnv1a(id) % 4 === 1);
    const now = shard.filter((id) => isItsTurn(id, 80_000, TEN));
    expect(now.length).toBeGreaterThan(0.1 * shard.length);
    expect(now.length).toBeLessThan(0.4 * shard.length);
  });
});
