import { describe, expect, test } from 'vitest';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { calibratedByDay, type CostlyRule } from './calibrated-by-day.ts';

const given = (values: readonly number[], gaps: readonly number[] = []): Series => {
  const observed = Uint8Array.from(values, (_, index) => (gaps.includes(index) ? 0 : 1));
  const made = series(epochMs(0), STEP, Float64Array.from(values), observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const daysOf = (...levels: readonly number[]): number[] =>
  levels.flatMap((level) => Array.from({ length: STEPS_A_DAY }, () => level));

/** The last value; tells how often it was fitted. */
const lastValue = (fit: () => boolean = () => true): CostlyRule & { fits(): number } => {
  let fits = 0;
  return {
    name: 'last',
    minimumSteps: STEPS_A_DAY,
    ahead: ({ values }) => {
      fits += 1;
      return fit() ? () => values.at(-1) ?? 0 : undefined;
    },
    fits: () => fits,
  };
};
const levelsOf = (history: Series, rule = lastValue(), horizon = STEPS_A_DAY) =>
  calibratedByDay(rule)
    .fit(history)
    .predict(horizon, [0.1, 0.5, 0.9])
    .values.map((row) => row[0]);

describe('quantiles', () => {
  test('are the misses of the days before, about their median', () => {
    expect(levelsOf(given(daysOf(1, 2, 3, 4, 5)))).toEqual([5, 5, 5]);
    const [low, middle, high] = levelsOf(given(daysOf(10, 12, 10, 8, 10)));
    expect([low, middle, high]).toEqual([8, 10, 12]);
  });
  test('do not know what was not observed', () => {
    const values = daysOf(10, 10, 10, 10, 10);
    const gaps = [...values.keys()].filter((index) => index > STEPS_A_DAY && index % 3 === 1);
    const wild = values.map((value, index) => (gaps.includes(index) ? 99 : value));
    expect(levelsOf(given(wild, gaps))).toEqual([10, 10, 10]);
  });
  test('are the changes from day to day while no day could be asked', () => {
    const rule = { ...lastValue(), minimumSteps: 2 * STEPS_A_DAY };
    expect(levelsOf(given([...daysOf(1, 1), ...daysOf(3).slice(1)]), rule)).toEqual([3, 3, 5]);
  });
  test('go on as those of the last hours known for later days', () => {
    expect(levelsOf(given(daysOf(10, 12, 10, 8, 10)), lastValue(), 200)).toEqual([8, 10, 12]);
  });
});

test('each end of a day is fitted once for all histories of one series', () => {
  const rule = lastValue();
  const model = calibratedByDay(rule);
  const whole = Float64Array.from(daysOf(1, 2, 3, 4));
  const first = (days: number): Series => {
    const made = series(epochMs(0), STEP, whole.subarray(0, days * STEPS_A_DAY));
    if (!made.ok) throw new Error(made.defect.kind);
    return made.series;
  };
  for (const days of [2, 3, 4]) model.fit(first(days)).predict(STEPS_A_DAY, [0.5]);
  expect(rule.fits()).toBe(4);
});

test('a rule without a fit is refused, a day without one passed over', () => {
  expect(() =>
    levelsOf(
      given(daysOf(1, 2)),
      lastValue(() => false),
    ),
  ).toThrow('the model finds no fit in this history');
  let asked = 0;
  const onlyNow = lastValue(() => (asked += 1) === 1);
  expect(levelsOf(given(daysOf(1, 1, 1)), onlyNow)).toEqual([1, 1, 1]);
});
