import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { holtWinters } from './holt-winters.ts';
import { naive } from './naive.ts';
import { ridge } from './ridge.ts';
import { sameTimeMedian } from './same-time-median.ts';
import { seasonalNaiveDay, seasonalNaiveWeek } from './seasonal-naive.ts';

const given = (values: readonly number[]): Series => {
  const made = series(epochMs(0), STEP, Float64Array.from(values));
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
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
  expect(rule.over(daysOf(nineDays), END)(END, step)).toBe(expected);
});

test('naive means the last value that was observed', () => {
  const history = daysOf([1, 2], [2 * STEPS_A_DAY - 1]);
  history.values[2 * STEPS_A_DAY - 1] = 99;
  expect(naive.over(history, 0)(2 * STEPS_A_DAY, 0)).toBe(2);
});

test('the same-time median leaves out what was filled, unless nothing else is there', () => {
  const at = (day: number): number => day * STEPS_A_DAY;
  expect(sameTimeMedian.over(daysOf([1, 2, 9], [at(2)]), 0)(at(3), 0)).toBe(1.5);
  expect(sameTimeMedian.over(daysOf([1, 2, 9], [at(0), at(1), at(2)]), 0)(at(3), 0)).toBe(9);
});

test.each([naive, seasonalNaiveDay, seasonalNaiveWeek, sameTimeMedian, holtWinters, ridge])(
  '$name at an origin in the past sees nothing after it',
  (rule) => {
    const random = seededRandom(3);
    const values = Array.from({ length: 9 * STEPS_A_DAY }, () => random());
    const origin = 8 * STEPS_A_DAY;
    const later = values.map((value, index) => (index < origin ? value : 1000 * value));
    for (const oldest of [origin, origin - 100]) {
      const [expected, found] = [values, later].map((all) => {
        const point = rule.over(given(all), oldest);
        return Array.from({ length: 96 }, (_, step) => point(origin, step));
      });
      expect(found).toEqual(expected);
    }
  },
);

describe.each([
  ['holt-winters', holtWinters],
  ['ridge', ridge],
] as const)('%s', (_, rule) => {
  const random = seededRandom(5);
  const wave = (index: number): number => 10 + 3 * Math.sin((2 * Math.PI * index) / STEPS_A_DAY);
  const length = 14 * STEPS_A_DAY;
  const history = (of: (index: number) => number): Series =>
    given(Array.from({ length }, (__, index) => of(index)));
  const missBy = (made: Series, truth: (index: number) => number): number => {
    const point = rule.over(made, length);
    const misses = Array.from({ length: 192 }, (__, step) =>
      Math.abs(point(length, step) - truth(length + step)),
    );
    return Math.max(...misses);
  };
  test('finds a rhythm under noise that is as large', () => {
    expect(
      missBy(
        history((index) => wave(index) + 6 * (random() - 0.5)),
        wave,
      ),
    ).toBeLessThan(2);
  });
  test('follows a level that moved a week ago', () => {
    const moved = (index: number): number => wave(index) + (index < length / 2 ? 0 : 20);
    expect(missBy(history(moved), moved)).toBeLessThan(3);
  });
  test('begins near the last value where errors last for hours, and forgets it', () => {
    let error = 0;
    const lasting = (): number => (error = 0.95 * error + random() - 0.5);
    const jumped = history((index) => wave(index) + lasting() + (index < length - 4 ? 0 : 5));
    const point = rule.over(jumped, length);
    const above = (step: number): number => point(length, step) - wave(length + step);
    expect(above(0)).toBeGreaterThan(1.5);
    expect(above(95)).toBeLessThan(above(0));
  });
  test('is finite on spikes, on nothing and on one odd value', () => {
    const wild = [
      history((index) => (index % 100 === 0 ? 1e9 : 0)),
      history(() => 0),
      history((index) => (index === 700 ? 1e-300 : 0)),
    ];
    for (const one of wild) {
      const point = rule.over(one, 7 * STEPS_A_DAY);
      for (const origin of [8 * STEPS_A_DAY, length]) {
        expect(Number.isFinite(point(origin, 671))).toBe(true);
      }
    }
  });
});

test('the ridge knows the week from two weeks on, though it was fitted to less for the past', () => {
  const weekly = (index: number): number =>
    10 + 3 * Math.sin((2 * Math.PI * index) / (7 * STEPS_A_DAY));
  const length = 16 * STEPS_A_DAY;
  const point = ridge.over(
    given(Array.from({ length }, (_, index) => weekly(index))),
    9 * STEPS_A_DAY,
  );
  expect(point(12 * STEPS_A_DAY, 0)).toBeGreaterThan(5);
  for (const step of [0, 48, 95]) {
    expect(Math.abs(point(length, step) - weekly(length + step))).toBeLessThan(0.3);
  }
});
