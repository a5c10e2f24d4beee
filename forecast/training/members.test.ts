import { expect, test } from 'vitest';
import { BASELINES, MODELS } from '../models/catalogue.ts';
import { partsAfterChange, partsToRenew, rememberedModel } from './members.ts';

const [first, second, third, fourth, fifth, sixth] = MODELS;
const partsOf = (...weights: readonly number[]) =>
  [first!, second!, third!, fourth!, fifth!, sixth!]
    .slice(0, weights.length)
    .map((model, index) => ({ model, weight: weights[index] ?? 0 }));
const catalogue = { models: MODELS, baselines: BASELINES };

test('members of a fifth at least are asked again, in the same relation', () => {
  expect(partsToRenew(partsOf(0.6, 0.1, 0.2, 0.1))).toEqual([
    [first!.name, expect.closeTo(0.75, 9)],
    [third!.name, expect.closeTo(0.25, 9)],
  ]);
});

test('all are where those of weight are less than half', () => {
  expect(partsToRenew(partsOf(0.25, 0.15, 0.15, 0.15, 0.15, 0.15))).toHaveLength(6);
});

test('a member that is not known makes the whole unknown', () => {
  expect(rememberedModel({ parts: [[first!.name, 1]] }, catalogue)?.name).toBe(first!.name);
  const parts = [
    [first!.name, 0.5],
    ['prophet', 0.5],
  ] as const;
  expect(rememberedModel({ parts }, catalogue)).toBeUndefined();
});

test('after a change of level it is what was learnt elsewhere, else the rules', () => {
  expect(partsAfterChange(catalogue)).toEqual([['network', 1]]);
  const rules = { models: BASELINES, baselines: BASELINES };
  expect(partsAfterChange(rules)).toEqual(BASELINES.map(({ name }) => [name, 0.5]));
});
