import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { maximumOverLead } from './lead-window.ts';
import { horizonOf, packIssue, unpackIssue } from './packed-forecast.ts';
import { epochMs, minutes, STEP } from './units.ts';

const packed = (rows: number[][]) =>
  packIssue({
    key: cart,
    resource: 'cpu',
    issued: {
      forecast: {
        start: TEN,
        step: STEP,
        levels: [0.5, 0.9],
        values: rows.map((row) => Float64Array.from(row)),
      },
      issuedAt: TEN,
      model: 'naive',
      run: 'train-1',
    },
  });

describe('a packed forecast', () => {
  test('is never below the forecast, and less than one unit of its level above it', () => {
    const row = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(row, row, (low, high) => {
        const issue = packed([low, high]);
        const { values } = unpackIssue(issue);
        [low, high].forEach((wanted, level) => {
          wanted.forEach((value, step) => {
            const got = values[level]?.[step] ?? Number.NaN;
            expect(got).toBeGreaterThanOrEqual(value * (1 - 1e-12));
            expect(got - value).toBeLessThanOrEqual((issue.scales[level] ?? 0) * 1.001);
          });
        });
      }),
    );
  });
  test('keeps its horizon and its zeros', () => {
    const issue = packed([
      [0, 0],
      [0, 0],
    ]);
    expect(horizonOf(issue)).toBe(2);
    expect(unpackIssue(issue).values).toEqual([new Float64Array(2), new Float64Array(2)]);
  });
  test('refuses what is not finite', () => {
    expect(() =>
      packed([
        [1, Number.NaN],
        [1, 1],
      ]),
    ).toThrow(RangeError);
  });
});

describe('the maximum over the lead time', () => {
  const issue = packed([
    [1, 5, 2, 9],
    [2, 6, 3, 10],
  ]);
  const at = (minute: number) => epochMs(TEN + minutes(minute));
  test.each([
    ['within the first step', 0, 5, 0.9, 2],
    ['reaching into the second', 0, 15, 0.9, 6],
    ['the last three', 20, 25, 0.5, 9],
    ['between two levels', 0, 0, 0.7, 1.5],
  ])('%s', (_, from, lead, level, expected) => {
    expect(maximumOverLead(issue, level, at(from), minutes(lead))).toBeCloseTo(expected, 3);
  });
  test.each([
    ['before the forecast begins', -1, 5, 0.9],
    ['beyond its end', 50, 15, 0.9],
    ['above the highest level', 0, 5, 0.95],
    ['below the lowest level', 0, 5, 0.4],
  ])('is not known %s', (_, from, lead, level) => {
    expect(maximumOverLead(issue, level, at(from), minutes(lead))).toBeUndefined();
  });
  test('is monotone in the level', () => {
    const flat = packIssue(anIssue({ issued: { ...anIssue().issued, forecast: aForecast(3) } }));
    const level = fc.double({ min: 0.1, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(level, level, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((one) =>
          maximumOverLead(flat, one, TEN, minutes(5)),
        );
        expect(low).toBeLessThanOrEqual((high ?? Number.NaN) + 1e-9);
      }),
    );
  });
});
