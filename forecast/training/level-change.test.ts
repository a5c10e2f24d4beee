import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { levelChange } from './level-change.ts';

/** To the end of a Friday. */
const LENGTH = 12 * STEPS_A_DAY;
/** A week that begins on a Monday, with quiet Saturdays and Sundays. */
const weekday = (index: number): number => Math.floor(index / STEPS_A_DAY) % 7;
const busy = (random: () => number) => (index: number) =>
  (weekday(index) > 4 ? 2 : 5) +
  Math.sin((2 * Math.PI * index) / STEPS_A_DAY) +
  0.6 * (random() - 0.5);
function seriesOf(valueAt: (index: number) => number, length = LENGTH): Series {
  const made = series(
    epochMs(0),
    STEP,
    Float64Array.from({ length }, (_, index) => valueAt(index)),
  );
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
}
const from = (first: number, add: number) => (index: number) => (index >= first ? add : 0);
const shifted = (seed: number, shift: (index: number) => number, length = LENGTH): Series => {
  const valueAt = busy(seededRandom(seed));
  return seriesOf((index) => valueAt(index) + shift(index), length);
};

describe('a new level', () => {
  const start = LENGTH - 60;
  test.each([
    ['up', 4],
    ['down', -3],
  ])('%s is found where it began', (_, add) => {
    const found = levelChange(shifted(1, from(start, add)));
    expect(found).toBeGreaterThan(start - 8);
    expect(found).toBeLessThan(start + 8);
  });
  test('that comes at any time of day is found within a day and a half', () => {
    for (let hour = 0; hour < 24; hour += 3) {
      const begun = LENGTH - 2 * STEPS_A_DAY + hour * 4;
      const found = [48, 64, 80, 96, 112, 128, 144].map((after) =>
        levelChange(shifted(hour, from(begun, 4), begun + after)),
      );
      expect(found.some((first) => first !== undefined && Math.abs(first - begun) < 8)).toBe(true);
    }
  });
  test('stays found when all is scaled and shifted', () => {
    const plain = shifted(1, from(start, 4));
    const other = seriesOf((index) => 1e9 + 1e6 * plain.values[index]!);
    expect(levelChange(other)).toBe(levelChange(plain));
  });
});

describe('no new level', () => {
  test('is found in 200 steady series at any hour of a week, weekends and all', () => {
    const alarms = Array.from({ length: 200 }, (_, seed) =>
      levelChange(shifted(seed, () => 0, 10 * STEPS_A_DAY + ((seed * 37) % (4 * STEPS_A_DAY)))),
    ).filter((found) => found !== undefined);
    expect(alarms).toEqual([]);
  });
  test('is a spike of an hour, however high', () => {
    const spike = (index: number) => (index >= LENGTH - 4 ? 20 : 0);
    expect(levelChange(shifted(3, spike))).toBeUndefined();
  });
  test('is seen in steps that were filled', () => {
    const jumped = shifted(1, from(LENGTH - 60, 4));
    expect(
      levelChange({
        ...jumped,
        observed: jumped.observed.map((_, index) => (index < LENGTH - 50 ? 1 : 0)),
      }),
    ).toBeUndefined();
  });
  test('is found below nine days', () => {
    const length = 9 * STEPS_A_DAY - 1;
    expect(levelChange(shifted(3, from(length - 60, 9), length))).toBeUndefined();
  });
});
