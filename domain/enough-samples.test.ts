import { expect, test } from 'vitest';
import { enoughSamples } from './enough-samples.ts';
import { days, STEP } from './units.ts';

const enough = (samples: readonly number[], start = 0): boolean[] => {
  const starts = Float64Array.from(samples, (_, index) => start + index * STEP);
  return samples.map((_, row) => enoughSamples(starts, samples)(row));
};

test('eight of fifteen samples are enough, seven are not', () => {
  expect(enough([15, 8, 15, 7, 15, 0])).toEqual([true, true, true, false, true, false]);
});
test('one sample a bucket is enough where there never are more', () => {
  expect(enough([1, 1, 1])).toEqual([true, true, true]);
});
test('an imported day is not measured by the day after it', () => {
  expect(enough([1, 1, 1, 15, 15, 15, 1], days(1) - 3 * STEP)).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
});
test('where nobody counted, all are enough', () => {
  expect(enoughSamples(Float64Array.of(0, STEP), undefined)(1)).toBe(true);
});
