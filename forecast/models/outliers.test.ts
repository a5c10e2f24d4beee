import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { clipped, withoutOutliers } from './outliers.ts';

const LENGTH = 10 * STEPS_A_DAY;
const AT = 900;
const random = seededRandom(1);
const calm = Float64Array.from(
  { length: LENGTH },
  (_, index) => Math.sin((2 * Math.PI * index) / STEPS_A_DAY) + random() / 5,
);
/** The calm days with other values at some steps. */
const given = (odd: Readonly<Record<number, number>> = {}): Series => {
  const values = calm.map((value, index) => odd[index] ?? value);
  const made = series(epochMs(0), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
/** Steps that the copy has changed. */
const cutIn = (history: Series): number[] =>
  [...clipped(history, LENGTH).values.entries()]
    .filter(([index, value]) => value !== history.values[index])
    .map(([index]) => index);

describe('what is cut', () => {
  test('a spike of one or two steps, upwards or downwards', () => {
    expect(cutIn(given({ [AT]: 50 }))).toEqual([AT]);
    expect(cutIn(given({ [AT]: 50, [AT + 1]: 40 }))).toEqual([AT, AT + 1]);
    expect(cutIn(given({ [AT]: -50 }))).toEqual([AT]);
  });
  test('down to twelve deviations from the usual, not to the usual itself', () => {
    const copy = clipped(given({ [AT]: 50 }), LENGTH);
    expect(copy.values[AT]! - calm[AT]!).toBeGreaterThan(0.4);
    expect(copy.values[AT]! - calm[AT]!).toBeLessThan(2);
  });
});

describe('what stays', () => {
  test('calm days, as the very same history', () => {
    const history = given();
    expect(clipped(history, LENGTH)).toBe(history);
  });
  test('a spike of three steps: it is load', () => {
    expect(cutIn(given({ [AT]: 50, [AT + 1]: 50, [AT + 2]: 50 }))).toEqual([]);
  });
  test('a spike that the history ends in: it may become load', () => {
    expect(cutIn(given({ [LENGTH - 1]: 50 }))).toEqual([]);
  });
  test('spikes that come too often to be odd', () => {
    const steps = Array.from({ length: 6 }, (_, index) => [300 + 100 * index, 50] as const);
    expect(cutIn(given(Object.fromEntries(steps.slice(0, 4))))).toHaveLength(4);
    expect(cutIn(given(Object.fromEntries(steps)))).toEqual([]);
  });
  test('a history too short or too flat to know its deviation', () => {
    const history = given({ [AT]: 50 });
    expect(clipped(history, STEPS_A_DAY)).toBe(history);
    const flat = series(epochMs(0), STEP, new Float64Array(LENGTH).with(AT, 9));
    expect(flat.ok && cutIn(flat.series)).toEqual([]);
  });
});

test('rules are asked with the copy, made once for all of them', () => {
  const seen: Series[] = [];
  const rule = {
    name: 'seen',
    minimumSteps: 1,
    over: (history: Series) => {
      seen.push(history);
      return () => 0;
    },
  };
  const history = given({ [AT]: 50 });
  for (const one of withoutOutliers(rule, { ...rule, name: 'too' })) one.over(history, LENGTH);
  expect(seen[0]).not.toBe(history);
  expect(seen[1]).toBe(seen[0]);
});
