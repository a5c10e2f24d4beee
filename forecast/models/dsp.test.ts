import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { calibratedByDay } from './calibrated-by-day.ts';
import { dsp } from './dsp.ts';

const given = (days: number, at: (index: number) => number): Series => {
  const values = Float64Array.from({ length: days * STEPS_A_DAY }, (_, index) => at(index));
  const made = series(epochMs(0), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const wave = (index: number): number =>
  5 + Math.sin((2 * Math.PI * index) / STEPS_A_DAY) + Math.sin((6 * Math.PI * index) / STEPS_A_DAY);
const missOf = (history: Series, truth: (index: number) => number): number => {
  const point = dsp.ahead(history, STEPS_A_DAY)!;
  const misses = Array.from({ length: STEPS_A_DAY }, (_, step) =>
    Math.abs(point(step) - truth(history.values.length + step)),
  );
  return misses.reduce((sum, miss) => sum + miss / misses.length, 0);
};

describe('the filter', () => {
  test('repeats a clean rhythm exactly, also a later day', () => {
    expect(missOf(given(6, wave), wave)).toBeLessThan(1e-9);
    const point = dsp.ahead(given(6, wave), 192)!;
    expect(point(100)).toBe(point(4));
  });
  test('sees through noise better than yesterday does', () => {
    const random = seededRandom(1);
    const noisy = given(14, (index) => wave(index) + 2 * (random() - 0.5));
    const point = dsp.ahead(noisy, STEPS_A_DAY)!;
    const end = noisy.values.length;
    let [own, yesterday] = [0, 0];
    for (let step = 0; step < STEPS_A_DAY; step += 1) {
      own += Math.abs(point(step) - wave(end + step));
      yesterday += Math.abs(noisy.values[end - STEPS_A_DAY + step]! - wave(end + step));
    }
    expect(own).toBeLessThan(yesterday / 2);
  });
  test('repeats the week where one is proven', () => {
    const weekly = (index: number): number =>
      (Math.floor(index / STEPS_A_DAY) % 7 < 2 ? 0.2 : 1) * wave(index);
    expect(missOf(given(21, weekly), weekly)).toBeLessThan(0.2);
  });
  test('scales and shifts with the history', () => {
    const moved = given(6, (index) => 7e6 + 1e6 * wave(index));
    expect(dsp.ahead(moved, 1)!(0)).toBeCloseTo(7e6 + 1e6 * dsp.ahead(given(6, wave), 1)!(0), 1);
  });
});

describe('the model', () => {
  const model = calibratedByDay(dsp);
  test('is refused where no season is proven', () => {
    const random = seededRandom(2);
    for (const at of [() => 1, random, (index: number) => index]) {
      expect(() => model.fit(given(7, at))).toThrow('the model finds no fit in this history');
    }
  });
  test('has quantiles from its misses of the last days', () => {
    const random = seededRandom(3);
    const noisy = given(14, (index) => wave(index) + random());
    const { values } = model.fit(noisy).predict(STEPS_A_DAY, LEVELS);
    const width = values.at(-3)![10]! - values[0]![10]!;
    expect(width).toBeGreaterThan(0.5);
    expect(width).toBeLessThan(1.2);
  });
});
