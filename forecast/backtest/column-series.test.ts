import { expect, test } from 'vitest';
import { series } from '../../domain/series.ts';
import { epochMs, STEP } from '../../domain/units.ts';
import { columnSeries, isCopy, lastSteps, withStraightLines } from './column-series.ts';

const START = 1_381_336_200_000;
/** `of` each step; `undefined` is not in the file. */
const column = (steps: number, of: (step: number) => number | undefined) => {
  const seen = Array.from({ length: steps }, (_, step) => step).filter(
    (step) => of(step) !== undefined,
  );
  return {
    name: 'a',
    starts: Float64Array.from(seen, (step) => START + step * STEP),
    values: Float64Array.from(seen, (step) => of(step)!),
  };
};
const made = (steps: number, of: (step: number) => number | undefined) => {
  const result = columnSeries(column(steps, of));
  if (!result.ok) throw new Error(result.reason);
  return result.series;
};

test('a column begins and ends with what was observed, however long the file is', () => {
  const given = made(1100, (step) => (step < 100 || step > 1050 ? undefined : step));
  expect(given).toMatchObject({ start: START + 100 * STEP, values: { length: 951 } });
});
test('rows that are missing are gaps on the grid, and lags are not by row number', () => {
  const given = made(1000, (step) => (step > 500 && step < 504 ? undefined : step));
  expect(Array.from(given.values.subarray(500, 505))).toEqual([500, 501, 502, 503, 504]);
  expect(Array.from(given.observed.subarray(500, 505))).toEqual([1, 0, 0, 0, 1]);
});
test.each([
  ['fewer than nine days were observed', 863, '863 observed steps, need 864'],
  ['it spans centuries', 864, 'it spans 4000001 steps'],
])('a column is not scored when %s', (_, steps, reason) => {
  const { starts, values, name } = column(steps, () => 1);
  const far = starts.with(steps - 1, START + 4_000_000 * STEP);
  expect(columnSeries({ name, starts: far, values })).toEqual({ ok: false, reason });
});

const WEEK = 672;
test.each([
  ['the same week twice', 2 * WEEK, (step: number) => step % WEEK, true],
  [
    'the same but for one step',
    2 * WEEK,
    (step: number) => (step === 1000 ? 1 : step % WEEK),
    false,
  ],
  [
    'the same where both were observed',
    2 * WEEK,
    (step: number) => (step === 1000 ? undefined : step % WEEK),
    true,
  ],
  ['the same, of less than two weeks', 2 * WEEK - 1, (step: number) => step % 96, false],
])('of a copier or not: %s', (_, steps, of, expected) => {
  expect(isCopy(made(steps, of))).toBe(expected);
});

test('a straight line runs over a gap of any length, and the last value to an open end', () => {
  const given = series(
    epochMs(0),
    STEP,
    Float64Array.of(1, 9, 9, 9, 9, 9, 13, 9),
    Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0),
  );
  if (!given.ok) throw new Error('no series');
  expect([...withStraightLines(given.series)]).toEqual([1, 3, 5, 7, 9, 11, 13, 13]);
});

test('a cold history begins with what was observed of its last steps, and fills nothing from before', () => {
  const given = made(1000, (step) => (step > 890 && step < 900 ? undefined : step));
  const cold = lastSteps(given, 105)!;
  expect(cold).toMatchObject({ start: START + 900 * STEP, values: { length: 100 } });
  expect(
    lastSteps(
      made(1000, (step) => (step > 0 && step < 100 ? undefined : step)),
      1,
    ),
  ).toBeDefined();
});
