import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { hasDrifted, withLoss } from './drift.ts';

const alarmDay = (losses: readonly number[]): number => {
  let kept: number[] = [];
  for (const [day, loss] of losses.entries()) {
    kept = withLoss(kept, loss);
    if (hasDrifted(kept)) return day;
  }
  return -1;
};

test('losses that rise for good are an alarm within days', () => {
  expect(alarmDay([0.6, 0.7, 0.6, 0.65, 0.7, 0.6, 1.2, 1.3, 1.2, 1.4])).toBe(8);
});

test('one bad day is none, however bad', () => {
  expect(alarmDay([0.6, 0.7, 0.6, 0.65, 9, 0.6, 0.65, 0.6, 0.7])).toBe(-1);
});

test('falling losses are none', () => {
  expect(alarmDay([1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6])).toBe(-1);
});

test('a month of steady losses seldom is: in 200 series, hardly one', () => {
  const alarms = Array.from({ length: 200 }, (_, seed) => {
    const random = seededRandom(seed);
    return alarmDay(Array.from({ length: 30 }, () => 0.7 + 0.3 * (random() - 0.5)));
  }).filter((day) => day !== -1);
  expect(alarms.length).toBeLessThanOrEqual(2);
});

test('two weeks are kept', () => {
  expect(
    withLoss(
      Array.from({ length: 14 }, () => 1),
      2,
    ),
  ).toEqual([...Array.from({ length: 13 }, () => 1), 2]);
});
