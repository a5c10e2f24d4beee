import { expect, test } from 'vitest';
import { aForecast, anIssue, TEN } from '../test/builders.ts';
import { epochMs, minutes, STEP } from './units.ts';
import { quantileOf, vintagesOf } from './vintage.ts';

const rising = (steps: number, start = TEN) =>
  anIssue({
    issued: {
      forecast: aForecast(1, {
        start,
        levels: [0.5, 0.9],
        values: [0, 100].map((above) =>
          Float64Array.from({ length: steps }, (_, step) => above + step),
        ),
      }),
      issuedAt: epochMs(TEN + minutes(3)),
      model: 'network',
      run: 'train-1',
    },
  });

test('each lead is the step that begins so many steps after the step of the issue', () => {
  const vintages = vintagesOf(rising(192));
  expect(vintages.map(({ lead, at, values }) => [lead, (at - TEN) / STEP, ...values])).toEqual(
    [1, 2, 4, 8, 16, 48, 96].map((lead) => [lead, lead, lead, 100 + lead]),
  );
});

test('a forecast that begins with the step after its issue is frozen by time, not by place', () => {
  const [first] = vintagesOf(rising(192, epochMs(TEN + STEP)));
  expect([first?.lead, first?.at, first?.values[0]]).toEqual([1, TEN + STEP, 0]);
});

test('steps beyond the horizon are not made up', () => {
  expect(vintagesOf(rising(96)).map(({ lead }) => lead)).toEqual([1, 2, 4, 8, 16, 48]);
});

test.each([
  [0.5, 10],
  [0.7, 15],
  [0.9, 20],
  [0.95, 21.25],
  [0.4, 10],
])('the value at level %d is %d', (level, value) => {
  const found = quantileOf({ levels: [0.5, 0.9], values: Float64Array.of(10, 20) }, level);
  expect(found).toBeCloseTo(value, 9);
});
