import { describe, expect, test } from 'vitest';
import { days, epochMs } from '../../domain/units.ts';
import { countOf } from '../models/network-weights.ts';
import { afterRollback, toJson, weightSetsIn, weightsInForce, withSet } from './weight-sets.ts';

const setOf = (run: number) => ({
  run: `train-${run}`,
  at: epochMs(days(run)),
  weights: { hidden: 1, values: new Float32Array(countOf(1)).fill(run / 3) },
});
const [one, two, three, four] = [setOf(1), setOf(2), setOf(3), setOf(4)];
const shipped = setOf(0).weights;

test('the last three are kept, the newest is in force; without any the shipped weights are', () => {
  const sets = [one, two, three, four].reduce(withSet, [] as (typeof one)[]);
  expect(sets).toEqual([four, three, two]);
  expect(weightsInForce(sets, shipped)).toBe(four.weights);
  expect(weightsInForce([], shipped)).toBe(shipped);
});

describe('in the store', () => {
  test('they stand as text, and come back as they were', () => {
    const text = JSON.stringify(toJson([two, one]));
    expect(weightSetsIn(JSON.parse(text))).toEqual([two, one]);
  });

  test('what is broken or of another version is left out', () => {
    const [good] = toJson([two]) as { readonly features: string }[];
    const other = { ...good, features: 'of yesterday' };
    expect(weightSetsIn([other, null, { ...good, values: '!' }, good, 7])).toEqual([two]);
    expect(weightSetsIn('nothing')).toEqual([]);
  });
});

describe('rolled back', () => {
  const live = (newest: number, before: number) => [
    { run: two.run, relSQL: newest },
    { run: one.run, relSQL: before },
    { relSQL: before },
  ];
  const later = epochMs(days(5));

  test.each([
    ['weights that do worse by more than a tenth', live(0.667, 0.6), [one]],
    ['not weights that do worse by a tenth', live(0.66, 0.6), [two, one]],
    ['not weights whose skill nobody knows', live(0.7, 0.6).slice(1), [two, one]],
    ['not weights when nobody knows the skill before', live(0.7, 0.6).slice(0, 1), [two, one]],
  ])('are %s', (_, skills, left) => {
    expect(afterRollback([two, one], skills, later)).toEqual(left);
  });

  test('are none within their first three days', () => {
    const early = epochMs(days(5) - 1);
    expect(afterRollback([two, one], live(2, 0.6), early)).toEqual([two, one]);
  });

  test('are the first weights to the shipped ones', () => {
    const skills = live(0.7, 0.6).filter(({ run }) => run !== one.run);
    expect(afterRollback([two], skills, later)).toEqual([]);
  });
});
