import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { maximumOverLead } from './lead-window.ts';
import { horizonOf, packIssue, shortened, unpackIssue } from './packed-forecast.ts';
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

describe('shortened', () => {
  const whole = packed([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  test('it lacks the low levels and the late steps, and is else the same', () => {
    const short = shortened(whole, 0.6, 2);
    expect(short.levels).toEqual([0.9]);
    const [row] = unpackIssue(short).values;
    expect(row).toEqual(unpackIssue(whole).values[1]?.slice(0, 2));
    expect(short).toMatchObject({ key: cart, issuedAt: TEN, start: TEN });
  });
  test.each([
    ['it is short enough already', 0.5, 3],
    ['it has no such level', 0.95, 1],
  ])('it stays as it is when %s', (_, lowest, steps) => {
    expect(shortened(whole, lowest, steps)).toBe(whole);
  });
  test('all levels may stay, and fewer steps', () => {
    const rows = unpackIssue(whole).values.map((row) => row.slice(0, 1));
    expect(unpackIssue(shortened(whole, 0.1, 1)).values).toEqual(rows);
  });
});
