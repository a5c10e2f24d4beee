import { expect, test } from 'vitest';
import { medianOfFew, quantile, valueAt } from './quantile.ts';

test.each([
  ['the lowest level is the smallest value', [1, 2, 4], 0, 1],
  ['the highest level is the largest value', [1, 2, 4], 1, 4],
  ['a level at a value is that value', [1, 2, 4], 0.5, 2],
  ['between two values it is a straight line', [1, 2, 4], 0.75, 3],
  ['a single value is every quantile', [7], 0.9, 7],
])('%s', (_, values, level, expected) => {
  expect(quantile(Float64Array.from(values), level)).toBe(expected);
});

test.each([
  ['of one', [7], 7],
  ['of two, between them', [9, 1], 5],
  ['of three', [9, 1, 5], 5],
  ['of four', [9, 1, 5, 3], 4],
  ['of equal ones', [2, 2, 2], 2],
])('the median %s does not mind the order', (_, values, expected) => {
  expect(medianOfFew(Float64Array.from(values))).toBe(expected);
});

test('reading outside an array is a bug, not a NaN', () => {
  expect(() => valueAt(Float64Array.of(1, 2), 2)).toThrow('index 2 is outside 0..1');
});
