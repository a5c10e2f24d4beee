import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { errorOf, seasonalScale } from './score.ts';

const given = (values: readonly number[], observed = values.map(() => 1)) => {
  const made = series(epochMs(0), STEP, Float64Array.from(values), Uint8Array.from(observed));
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
/** Two steps; level q is `10 + q - 0.5`. */
const aboutTen = {
  start: epochMs(0),
  step: STEP,
  levels: LEVELS,
  values: LEVELS.map((level) => new Float64Array(2).fill(10 + level - 0.5)),
};

describe('the error of a forecast', () => {
  test('by hand: one step at the median, one 2 above it, in multiples of the scale', () => {
    const error = errorOf(aboutTen, given([0, 10, 12]), 1, 4);
    // Twice the pinball loss, mean over 0.1 .. 0.9: 0.2 at the median level itself by symmetry.
    const at = (y: number): number =>
      LEVELS.slice(0, 9).reduce((sum, q) => {
        const e = y - (10 + q - 0.5);
        return sum + (2 * Math.max(q * e, (q - 1) * e)) / 9;
      }, 0);
    expect(error).toEqual({
      mae: 1,
      mase: 0.25,
      pinball: expect.closeTo((at(10) + at(12)) / 2 / 4, 12),
      coverage: 0.5,
      n: 2,
    });
  });
  test('a step that was filled is not scored', () => {
    expect(errorOf(aboutTen, given([0, 10, 99], [1, 1, 0]), 1, 1)).toMatchObject({ mae: 0, n: 1 });
  });
  test('is not known when most of the truth is not', () => {
    expect(errorOf(aboutTen, given([0, 10, 99], [1, 0, 0]), 1, 1)).toBeUndefined();
  });
});

describe('the scale', () => {
  const day = (value: number): number[] => Array.from({ length: STEPS_A_DAY }, () => value);
  test('is the mean change from one day to the next, between observed steps', () => {
    const observed = [...day(1), ...day(1), ...day(0)];
    expect(seasonalScale(given([...day(1), ...day(3), ...day(99)], observed))).toBe(2);
  });
  test.each([
    ['when days repeat exactly', [...day(5), ...day(5)]],
    ['when they differ by less than arithmetic can', [...day(5), ...day(5 + 1e-12)]],
    ['in a first day', day(5)],
  ])('is none %s', (_, values) => {
    expect(seasonalScale(given(values))).toBeUndefined();
  });
});
