import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { recentAge } from './chance.ts';

test('an age is half as likely each half-life further, and never beyond the most', () => {
  const random = seededRandom(1);
  const ages = Array.from({ length: 4000 }, () => recentAge(random, 39, 10));
  const within = (low: number) => ages.filter((age) => age >= low && age < low + 10).length;
  for (const low of [0, 10, 20]) {
    expect(within(low + 10) / within(low)).toBeGreaterThan(0.42);
    expect(within(low + 10) / within(low)).toBeLessThan(0.58);
  }
  expect(within(0) + within(10) + within(20) + within(30)).toBe(4000);
});

test('the whole range of chance stays within it', () => {
  expect([0, 1 - 2 ** -32].map((uniform) => recentAge(() => uniform, 7, 3))).toEqual([0, 7]);
});
