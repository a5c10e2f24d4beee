import { expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { days, epochMs } from '../../domain/units.ts';
import { liveSkills } from './live-skills.ts';
import type { WeightSet } from './weight-sets.ts';

const weights = { hidden: 1, values: new Float32Array(1) };
const setOf = (run: string, age: number): WeightSet => ({
  run,
  at: epochMs(TEN - days(age)),
  weights,
});
const series = (losses: readonly number[]) => ({ at: TEN, since: TEN, parts: [], losses });
const remembered = [
  { cpu: series([0.5, 0.6, 0.7, 1, 1.1, 1.2]), memory: series([0.6, 0.9, 1]) },
  { memory: series([0.4, 0.8, 0.9, 1]) },
];

test('weights are judged by the days since they are in force, those before them by the days until then', () => {
  expect(liveSkills([setOf('train-2', 3.5), setOf('train-1', 30)], remembered, TEN)).toEqual([
    { run: 'train-2', relSQL: 1 },
    { run: 'train-1', relSQL: 0.55 },
  ]);
});

test('the shipped weights have no run', () => {
  const [, before] = liveSkills([setOf('train-2', 3.5)], remembered, TEN);
  expect(before).toEqual({ relSQL: 0.55 });
});

test.each([
  ['no weights were learnt', [], remembered],
  ['they are of today', [setOf('train-2', 0.5)], remembered],
  ['nothing is remembered of before', [setOf('train-2', 9)], remembered],
])('nothing is known when %s', (_, sets, all) => {
  expect(liveSkills(sets, all, TEN)).toEqual([]);
});
