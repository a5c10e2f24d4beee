import { expect, test } from 'vitest';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { naive } from './naive.ts';
import { sameTimeMedian } from './same-time-median.ts';
import { seasonalNaiveDay, seasonalNaiveWeek } from './seasonal-naive.ts';

/** Every step of day `d` has the value `values[d]`. */
const daysOf = (values: readonly number[], gaps: readonly number[] = []) => {
  const steps = values.flatMap((value) => Array.from({ length: STEPS_A_DAY }, () => value));
  const observed = Uint8Array.from(steps, (_, index) => (gaps.includes(index) ? 0 : 1));
  const made = series(epochMs(0), STEP, Float64Array.from(steps), observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const END = 9 * STEPS_A_DAY;
const nineDays = [1, 2, 3, 4, 5, 6, 70, 8, 9];

test.each([
  ['naive: the last value', naive, 500, 9],
  ['seasonal naive, day: the day before', seasonalNaiveDay, 95, 9],
  ['seasonal naive, day: the last known day again for a later one', seasonalNaiveDay, 96, 9],
  ['seasonal naive, week: the day of a week before', seasonalNaiveWeek, 0, 3],
  ['seasonal naive, week: the next weekday', seasonalNaiveWeek, 96, 4],
  ['seasonal naive, week: the last known week again in the week after', seasonalNaiveWeek, 672, 3],
  ['same-time median: of seven days, whatever one of them did', sameTimeMedian, 0, 6],
  ['same-time median: the same for a later day', sameTimeMedian, 96, 6],
])('%s', (_, rule, step, expected) => {
  expect(rule.over(daysOf(nineDays))(END, step)).toBe(expected);
});

test('naive means the last value that was observed', () => {
  const history = daysOf([1, 2], [2 * STEPS_A_DAY - 1]);
  history.values[2 * STEPS_A_DAY - 1] = 99;
  expect(naive.over(history)(2 * STEPS_A_DAY, 0)).toBe(2);
});

test('the same-time median leaves out what was filled, unless nothing else is there', () => {
  const at = (day: number): number => day * STEPS_A_DAY;
  expect(sameTimeMedian.over(daysOf([1, 2, 9], [at(2)]))(at(3), 0)).toBe(1.5);
  expect(sameTimeMedian.over(daysOf([1, 2, 9], [at(0), at(1), at(2)]))(at(3), 0)).toBe(9);
});

test('a rule at an origin in the past sees nothing after it', () => {
  for (const rule of [naive, seasonalNaiveDay, seasonalNaiveWeek, sameTimeMedian]) {
    const origin = 8 * STEPS_A_DAY;
    const later = daysOf([...nineDays.slice(0, 8), 1000]);
    expect(rule.over(later)(origin, 10)).toBe(rule.over(daysOf(nineDays))(origin, 10));
  }
});
