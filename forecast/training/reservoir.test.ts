import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { reservoir } from './reservoir.ts';

const sampled = (size: number, offered: number, seed: number): number[] => {
  const held = reservoir<number>(size, seededRandom(seed));
  for (let item = 0; item < offered; item += 1) held.put(item);
  return held.items;
};

test('what fits is held whole, in its order', () => {
  expect(sampled(5, 3, 1)).toEqual([0, 1, 2]);
});

test('of more, early and late are equally likely to be held', () => {
  const runs = Array.from({ length: 400 }, (_, seed) => sampled(4, 12, seed));
  const shareOf = (item: number): number => runs.filter((run) => run.includes(item)).length / 400;
  expect(runs.every((run) => new Set(run).size === 4)).toBe(true);
  for (const item of [0, 5, 11]) expect(Math.abs(shareOf(item) - 1 / 3)).toBeLessThan(0.07);
});
