import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { seasonsOf } from './seasonality.ts';

const WEEK = 7 * STEPS_A_DAY;
const given = (days: number, at: (index: number) => number): Series => {
  const values = Float64Array.from({ length: days * STEPS_A_DAY }, (_, index) => at(index));
  const made = series(epochMs(0), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const daily = (index: number): number => Math.sin((2 * Math.PI * index) / STEPS_A_DAY);
const isFree = (index: number): boolean => Math.floor(index / STEPS_A_DAY) % 7 < 2;
const noiseOf = (seed: number, size: number) => {
  const random = seededRandom(seed);
  return (): number => size * (random() + random() + random() - 1.5);
};

describe('a season is proven', () => {
  test('by a noisy day', () => {
    const noise = noiseOf(1, 2);
    expect(seasonsOf(given(7, (index) => daily(index) + noise()))).toEqual([STEPS_A_DAY]);
  });
  test('by quiet weekends, together with the day', () => {
    const noise = noiseOf(2, 1);
    const at = (index: number): number => (isFree(index) ? 0.3 : 1) * (daily(index) + 2) + noise();
    expect(seasonsOf(given(28, at))).toEqual([STEPS_A_DAY, WEEK]);
    expect(seasonsOf(given(13, at))).toEqual([STEPS_A_DAY]);
  });
  test('by weekends alone', () => {
    const noise = noiseOf(3, 1);
    expect(seasonsOf(given(28, (index) => (isFree(index) ? 0 : 1) + noise()))).toContain(WEEK);
  });
  test('by weekends that are small beside the day', () => {
    const noise = noiseOf(8, 0.5);
    const at = (index: number): number => 10 * daily(index) - (isFree(index) ? 1 : 0) + noise();
    expect(seasonsOf(given(28, at))).toEqual([STEPS_A_DAY, WEEK]);
  });
  test('by a burst once a day', () => {
    const noise = noiseOf(4, 0.5);
    const at = (index: number): number => (index % STEPS_A_DAY < 3 ? 10 : 0) + noise();
    expect(seasonsOf(given(14, at))).toEqual([STEPS_A_DAY]);
  });
  test('whatever the unit and the level', () => {
    const noise = noiseOf(5, 1);
    const values = given(14, (index) => daily(index) + noise()).values;
    expect(seasonsOf(given(14, (index) => 1e9 + 1e6 * values[index]!))).toEqual([STEPS_A_DAY]);
  });
});

describe('no season is proven', () => {
  test('by noise, in 97 of 100 histories', () => {
    const found = Array.from({ length: 100 }, (_, seed) => {
      const noise = noiseOf(seed, 1);
      return seasonsOf(given(14, noise)).length;
    });
    expect(found.filter((count) => count > 0).length).toBeLessThan(3);
  });
  test.each([
    ['a constant', () => 0.3],
    ['a drift', (index: number) => index / 100],
    ['one step upwards', (index: number) => (index < 1000 ? 1 : 2)],
    ['a rhythm of another length', (index: number) => Math.sin((2 * Math.PI * index) / 85)],
  ])('by %s', (_, at) => {
    const noise = noiseOf(7, 0.01);
    expect(seasonsOf(given(21, (index) => at(index) + (at(0) === 0.3 ? 0 : noise())))).toEqual([]);
  });
  test('by less than two of it', () => {
    expect(seasonsOf(given(1, daily))).toEqual([]);
  });
});

test('the bound is that of shuffled copies', () => {
  // Of white noise, the highest ordinate is exponential: 99 of 100 highest of n/2 lie below -ln(1 - 0.99^(2/n)).
  const count = 240;
  const bound = -Math.log(1 - 0.99 ** (2 / count));
  let above = 0;
  for (let seed = 0; seed < 100; seed += 1) {
    const noise = noiseOf(seed, 1);
    const values = Float64Array.from({ length: count }, noise);
    const power = values.reduce((sum, value) => sum + value * value, 0);
    const ordinates = Array.from({ length: count / 2 - 1 }, (_, index) => {
      let [a, b] = [0, 0];
      values.forEach((value, step) => {
        const angle = (2 * Math.PI * (index + 1) * step) / count;
        a += value * Math.cos(angle);
        b += value * Math.sin(angle);
      });
      return (a * a + b * b) / power;
    });
    if (Math.max(...ordinates) > bound) above += 1;
  }
  expect(above).toBeLessThan(5);
});
