import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { conformal, type PointRule } from './conformal.ts';
import { naive } from './naive.ts';
import { normalQuantile } from './normal-quantile.ts';
import { seasonalNaiveDay } from './seasonal-naive.ts';

const given = (values: ArrayLike<number>, observed?: Uint8Array) => {
  const made = series(epochMs(0), STEP, Float64Array.from(values), observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const noise = (length: number, seed = 1): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length }, () => 100 + random());
};
/** Always says 100. */
const hundred: PointRule = { name: 'hundred', minimumSteps: 1, over: () => () => 100 };

describe('quantiles come from the errors at past origins', () => {
  test('uniform errors about 100.5 spread the point by the levels, and do not move it', () => {
    const { values } = conformal(hundred)
      .fit(given(noise(14 * STEPS_A_DAY)))
      .predict(96, [0.1, 0.5, 0.9]);
    expect(values.map((row) => Math.round(row[50]! * 10) / 10)).toEqual([99.6, 100, 100.4]);
  });
  test('of a truth that comes, the asked share lies below each level', () => {
    const all = noise(15 * STEPS_A_DAY, 7);
    const history = given(all.slice(0, 14 * STEPS_A_DAY));
    const [row] = conformal(seasonalNaiveDay).fit(history).predict(96, [0.9]).values;
    const truth = all.slice(14 * STEPS_A_DAY);
    const below = truth.filter((value, step) => value <= row![step]!).length;
    expect(below / 96).toBeGreaterThan(0.8);
  });
  test('the last value is surer of the next hours than of tomorrow', () => {
    let level = 500;
    const walk = noise(20 * STEPS_A_DAY).map((value) => (level += value - 100.5));
    const [low, high] = conformal(naive).fit(given(walk)).predict(192, [0.1, 0.9]).values;
    const width = (step: number): number => high![step]! - low![step]!;
    expect(width(0)).toBeLessThan(width(100));
  });
  test('a filled step is no error, whatever was filled in', () => {
    const values = noise(14 * STEPS_A_DAY);
    const observed = Uint8Array.from(values, (_, index) => (index % 9 === 0 ? 0 : 1));
    const wild = values.map((value, index) => (observed[index] === 0 ? 1000 : value));
    const predict = (of: number[]) =>
      conformal(hundred).fit(given(of, observed)).predict(96, [0.1, 0.9, 0.99]);
    expect(predict(wild)).toEqual(predict(values));
  });
  test('errors of long ago are forgotten', () => {
    const values = noise(28 * STEPS_A_DAY);
    const wild = values.map((value, index) => (index < 14 * STEPS_A_DAY ? value * index : value));
    const predict = (of: number[]) => conformal(hundred).fit(given(of)).predict(96, [0.1, 0.9]);
    expect(predict(wild)).toEqual(predict(values));
  });
});

describe('a young history', () => {
  test('of three days spreads by the changes from day to day', () => {
    const values = Array.from({ length: 3 * STEPS_A_DAY }, (_, index) =>
      index < 2 * STEPS_A_DAY ? 10 : index % 2 === 0 ? 10 : 12,
    );
    const [low, high] = conformal(seasonalNaiveDay)
      .fit(given(values))
      .predict(2, [0.2, 0.95]).values;
    expect([low![0], high![0]]).toEqual([10, 12]);
  });
  test('of one day spreads by what was observed of it', () => {
    const values = noise(STEPS_A_DAY).map((_, index): number => (index % 2 === 0 ? 90 : 110));
    const observed = Uint8Array.from(values, () => 1);
    observed[10] = 0;
    observed[11] = 0;
    const wild = values.with(10, 900).with(11, 900);
    const [row] = conformal(naive).fit(given(wild, observed)).predict(1, [0.9]).values;
    expect(row![0]).toBeCloseTo(110 + 10 * 1.2816, 1);
  });
});

test.each([
  [0.5, 0],
  [0.9, 1.2816],
  [0.1, -1.2816],
  [0.99, 2.3263],
])('the normal distribution has %d of its mass below %d', (level, expected) => {
  expect(normalQuantile(level)).toBeCloseTo(expected, 3);
});
