import { expect, test } from 'vitest';
import { cart } from '../test/builders.ts';
import { epochMs, STEP } from '../domain/units.ts';
import { vintageBeat, type VintageEvery } from './vintage-every.ts';

const part = (index: number) => ({ namespace: 'shop', component: `part-${index}` });
const at = (step: number) => epochMs(step * STEP + 20_000);
const dueOf = (every: VintageEvery, steps: readonly number[], components: number): number[] => {
  const beat = vintageBeat(every);
  return steps.map(
    (step) =>
      Array.from({ length: components }, (_, index) => beat.isDue(part(index), at(step))).filter(
        Boolean,
      ).length,
  );
};

test('up to a thousand components every issue is frozen', () => {
  expect(dueOf('auto', [1, 2, 3, 4, 5], 1000)).toEqual([1000, 1000, 1000, 1000, 1000]);
});

test('above it each fifth, from the second step on; until then it is not known how many there are', () => {
  expect(dueOf('auto', [1, 2, 3, 4, 5, 6], 1001)).toEqual([1000, 0, 0, 0, 1001, 0]);
});

test('a number of steps is kept to, counted since the epoch', () => {
  const beat = vintageBeat(3);
  expect([1, 2, 3, 4, 5, 6].map((step) => beat.isDue(cart, at(step)))).toEqual([
    false,
    false,
    true,
    false,
    false,
    true,
  ]);
});
