import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { network } from './network.ts';
import { countOf, type NetworkWeights } from './network-weights.ts';

const NOON = epochMs(1_795_514_400_000);

/** Not trained: what holds for these holds for any. */
const anyWeights = (seed: number, size = 0.6): NetworkWeights => {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: countOf(32) }, () => size * (random() - 0.5));
  return { hidden: 32, values };
};

/** A noisy day, about 5. */
const load = (steps: number, seed = 1): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from(
    { length: steps },
    (_, step) => 5 + 2 * Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + random(),
  );
};

const historyOf = (values: Float64Array, gaps: readonly number[] = []) => {
  const observed = Uint8Array.from(values, (_, index) => (gaps.includes(index) ? 0 : 1));
  const made = series(NOON, STEP, values, observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};

const forecastOf = (history: ReturnType<typeof historyOf>, horizon = 96, seed = 7) =>
  network(anyWeights(seed)).fit(history).predict(horizon, LEVELS).values;

test.each([
  ['two hours', 8, 96],
  ['a day', 96, 192],
  ['three weeks, a week ahead', 2016, 672],
  ['ten days', 960, 96],
])('%s: every level has a finite value for every step, and none crosses', (_, steps, horizon) => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const values = forecastOf(historyOf(load(steps, seed)), horizon, seed);
    expect(values.map((row) => row.length)).toEqual(LEVELS.map(() => horizon));
    for (let step = 0; step < horizon; step += 1) {
      const column = values.map((row) => row[step]!);
      expect(column.every((value) => Number.isFinite(value))).toBe(true);
      expect(column).toEqual(column.toSorted((a, b) => a - b));
    }
  }
});

test.each([
  ['constant', Float64Array.from({ length: 960 }, () => 3)],
  ['zero', new Float64Array(960)],
  ['days that repeat', Float64Array.from({ length: 960 }, (_, step) => step % 96)],
  ['one spike', Float64Array.from({ length: 960 }, (_, step) => (step === 500 ? 1e9 : 1))],
])('an odd history, %s, is forecast with finite values', (_, values) => {
  for (const row of forecastOf(historyOf(values))) {
    expect(row.every((value) => Number.isFinite(value))).toBe(true);
  }
});

test.each([1e-6, 1000, 1e9])('a history scaled by %d has its forecast scaled', (factor) => {
  const values = load(1500);
  const plain = forecastOf(historyOf(values));
  const scaled = forecastOf(historyOf(values.map((value) => value * factor)));
  for (const [level, row] of plain.entries()) {
    for (const [step, value] of row.entries()) {
      expect(scaled[level]![step]! / factor).toBeCloseTo(value, 4);
    }
  }
});

test.each([-40, 1000])('a history shifted by %d has its forecast shifted', (shift) => {
  const values = load(1500).map((value) => value - 9);
  const plain = forecastOf(historyOf(values));
  const shifted = forecastOf(historyOf(values.map((value) => value + shift)));
  const floor = shift > 0 ? 0 : Number.NEGATIVE_INFINITY;
  for (const [level, row] of plain.entries()) {
    for (const [step, value] of row.entries()) {
      expect(shifted[level]![step]).toBeCloseTo(Math.max(floor, value + shift), 4);
    }
  }
});

test('the first history shown does not matter to what a second one gets', () => {
  const model = network(anyWeights(3));
  const alone = model.fit(historyOf(load(700))).predict(96, LEVELS);
  model.fit(historyOf(load(900, 5))).predict(96, LEVELS);
  expect(model.fit(historyOf(load(700))).predict(96, LEVELS)).toEqual(alone);
});

test('what stands in a gap changes nothing', () => {
  const gaps = [300, 301, 302, ...Array.from({ length: 96 }, (_, step) => 1000 + step), 1499];
  const values = load(1500);
  const other = values.map((value, index) => (gaps.includes(index) ? 77 : value));
  expect(forecastOf(historyOf(other, gaps))).toEqual(forecastOf(historyOf(values, gaps)));
});

test('a history of which nothing was observed for a week is forecast from what was filled', () => {
  const gaps = Array.from({ length: 700 }, (_, step) => 800 + step);
  for (const row of forecastOf(historyOf(load(1500), gaps))) {
    expect(row.every((value) => Number.isFinite(value))).toBe(true);
  }
});

test('only a history with a negative value is forecast below zero', () => {
  const low = load(960).map((value) => value - 3.1);
  const least = (values: readonly Float64Array[]) => Math.min(...values.flatMap((row) => [...row]));
  expect(least(forecastOf(historyOf(low)))).toBeLessThan(0);
  expect(least(forecastOf(historyOf(low.map((value) => Math.max(0, value)))))).toBe(0);
});

test('below two hours it refuses', () => {
  expect(() => network(anyWeights(1)).fit(historyOf(load(7)))).toThrow(
    'have 7 buckets, need at least 8',
  );
});

test('other levels lie between its own', () => {
  const fitted = network(anyWeights(2)).fit(historyOf(load(960)));
  const own = fitted.predict(4, LEVELS).values;
  const { levels, values } = fitted.predict(4, [0.05, 0.5, 0.85, 0.999]);
  expect(levels).toEqual([0.05, 0.5, 0.85, 0.999]);
  expect(values[0]).toEqual(own[0]);
  expect(values[1]).toEqual(own[4]);
  expect(values[2]![3]).toBeCloseTo((own[7]![3]! + own[8]![3]!) / 2, 9);
  expect(values[3]).toEqual(own[10]);
});
