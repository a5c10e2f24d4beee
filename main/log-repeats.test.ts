import { expect, test } from 'vitest';
import { epochMs, minutes } from '../domain/units.ts';
import { repeats } from './log-repeats.ts';

test('equal complaints are told once, and again after ten minutes with their count', () => {
  let now = epochMs(0);
  const leftOutBefore = repeats(() => now);
  expect(leftOutBefore('the store is away')).toBe(0);
  expect(leftOutBefore('the store is away')).toBeUndefined();
  expect(leftOutBefore('the API server is away')).toBe(0);
  expect(leftOutBefore('the store is away')).toBeUndefined();
  now = epochMs(minutes(10));
  expect(leftOutBefore('the store is away')).toBe(2);
  expect(leftOutBefore('the store is away')).toBeUndefined();
});
