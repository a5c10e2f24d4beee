import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cart } from '../test/builders.ts';
import { historyBefore, prepareHistory } from './gaps.ts';
import type { Series } from './series.ts';
import { days, epochMs, hours, minutes, STEP, STEPS_A_DAY } from './units.ts';

const START = epochMs(Date.parse('2026-11-01T00:00:00Z'));
const nothing = hours(0);

/** A column from values one step apart; `undefined` is a gap. */
const columnOf = (values: readonly (number | undefined)[]) => {
  const rows = values.flatMap((value, index) =>
    value === undefined ? [] : [[START + index * STEP, value] as const],
  );
  return {
    key: cart,
    starts: Float64Array.from(rows, ([start]) => start),
    values: Float64Array.from(rows, ([, value]) => value),
  };
};
const until = (steps: number) => ({ from: START, to: epochMs(START + steps * STEP) });
const prepared = (values: readonly (number | undefined)[]): Series => {
  const made = prepareHistory(columnOf(values), until(values.length), nothing);
  if (!made.ok) throw new Error(made.reason);
  return made.series;
};
const daysOf = (count: number, value = 1): number[] =>
  Array.from({ length: count * STEPS_A_DAY }, () => value);

describe('the grid', () => {
  test('begins at the first observed bucket and ends with the last closed one', () => {
    const column = columnOf([undefined, undefined, 3, 4]);
    const made = prepareHistory(
      column,
      { from: START, to: epochMs(START + 5 * STEP + minutes(7)) },
      nothing,
    );
    expect(
      made.ok && [made.series.start, [...made.series.values], [...made.series.observed]],
    ).toEqual([START + 2 * STEP, [3, 4, 4], [1, 1, 0]]);
  });
  test('knows no bucket outside the window, off the grid or without a finite value', () => {
    const made = prepareHistory(
      {
        key: cart,
        starts: Float64Array.of(START - STEP, START, START + 1, START + STEP, START + 2 * STEP),
        values: Float64Array.of(9, 1, 9, Number.NaN, 9),
      },
      until(2),
      nothing,
    );
    expect(made.ok && [[...made.series.values], [...made.series.observed]]).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });
});

test('a bucket of too few samples is a gap', () => {
  const column = { ...columnOf([1, 2, 9, 4]), samples: Uint8Array.of(15, 15, 3, 15) };
  const made = prepareHistory(column, until(4), nothing);
  expect(made.ok && [[...made.series.values], [...made.series.observed]]).toEqual([
    [1, 2, 3, 4],
    [1, 1, 0, 1],
  ]);
});

test('rows without a value and rows that are missing are the same gaps', () => {
  const usage = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(usage, { minLength: 1, maxLength: 300 }), (some) => {
      const values = [1, ...some];
      const missing = columnOf(values);
      const empty = {
        key: cart,
        starts: Float64Array.from(values, (_, index) => START + index * STEP),
        values: Float64Array.from(values, (value) => value ?? Number.NaN),
      };
      const [expected, found] = [missing, empty].map((column) =>
        prepareHistory(column, until(values.length), nothing),
      );
      expect(found).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

describe('filling', () => {
  test('a gap of an hour is a straight line', () => {
    expect([...prepared([0, 2, undefined, undefined, undefined, undefined, 12, 0]).values]).toEqual(
      [0, 2, 4, 6, 8, 10, 12, 0],
    );
  });
  test('a longer gap is the median of the same time of the days before', () => {
    const values: (number | undefined)[] = [...daysOf(1, 1), ...daysOf(1, 5), ...daysOf(1, 2)];
    values.push(...daysOf(1, 100));
    for (let step = 0; step < 5; step += 1) values[3 * STEPS_A_DAY + 10 + step] = undefined;
    const { values: filled, observed } = prepared(values);
    expect([...filled.subarray(3 * STEPS_A_DAY + 9, 3 * STEPS_A_DAY + 16)]).toEqual([
      100, 2, 2, 2, 2, 2, 100,
    ]);
    expect(observed.reduce((sum, seen) => sum + seen, 0)).toBe(4 * STEPS_A_DAY - 5);
  });
  test('a longer gap without a day before it is a straight line', () => {
    const gap = Array.from({ length: 7 }, () => undefined);
    const { values } = prepared([0, ...gap, 8, ...daysOf(1)]);
    expect([...values.subarray(0, 9)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
  test('a gap at the end stays, filled and marked', () => {
    const { values, observed } = prepared([5, 7, undefined, undefined]);
    expect([[...values], [...observed]]).toEqual([
      [5, 7, 7, 7],
      [1, 1, 0, 0],
    ]);
  });
});

describe('a history that cannot be used says why', () => {
  const refusedFor = (values: readonly (number | undefined)[], minimum = hours(24)) => {
    const made = prepareHistory(columnOf(values), until(values.length), minimum);
    return made.ok ? 'used' : made.reason;
  };
  test.each([
    ['nothing was recorded', [undefined], 'no usage has been recorded in the history window'],
    [
      'ten hours are not a day',
      daysOf(1).slice(0, 40),
      'have 10 h of history, need 24 h; usable from 2026-11-02T00:00:00Z',
    ],
    [
      'a gap moves the date by its length',
      [...daysOf(1).slice(0, 40), undefined, undefined, undefined, undefined, 1],
      'have 10.25 h of history, need 24 h; usable from 2026-11-02T01:00:00Z',
    ],
    [
      'a component that has been silent for a day',
      [...daysOf(3), ...Array.from({ length: STEPS_A_DAY }, () => undefined)],
      'no usage has been recorded since 2026-11-04T00:00:00Z',
    ],
    [
      'more gaps than buckets in the last week',
      [...daysOf(7), ...daysOf(7).map((_, index) => (index % 5 < 3 ? undefined : 1)), 1],
      'only 269 of the last 672 steps were observed, need half of them',
    ],
    ['a day is enough', daysOf(1), 'used'],
    [
      'a silence of less than a day is endured',
      [...daysOf(3), ...Array.from({ length: STEPS_A_DAY - 1 }, () => undefined)],
      'used',
    ],
  ])('%s', (_, values, reason) => {
    expect(refusedFor(values)).toBe(reason);
  });
  test('with its numbers', () => {
    expect(prepareHistory(columnOf([1, 2]), until(2), days(1))).toMatchObject({
      defect: { kind: 'too-short', have: minutes(30), need: days(1) },
    });
  });
});

const gappy = fc
  .array(fc.option(fc.integer({ min: -999, max: 999 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 3 * STEPS_A_DAY,
  })
  .map((values): (number | undefined)[] => [1, ...values].slice(0, 3 * STEPS_A_DAY))
  .filter((values) => values.slice(-STEPS_A_DAY).some((value) => value !== undefined))
  .filter((values) => 2 * values.filter((value) => value !== undefined).length >= values.length);

test('scaling and shifting a history scales and shifts what is filled', () => {
  fc.assert(
    fc.property(
      gappy,
      fc.integer({ min: -6, max: 6 }),
      fc.integer({ min: -99, max: 99 }),
      (values, power, shift) => {
        const changed = prepared(
          values.map((value) => (value === undefined ? undefined : value * 2 ** power + shift)),
        );
        const plain = prepared(values);
        plain.values.forEach((value, index) => {
          expect(changed.values[index]).toBeCloseTo(value * 2 ** power + shift, 6);
        });
      },
    ),
  );
});

test('what a history looked like earlier owes nothing to what came later', () => {
  fc.assert(
    fc.property(gappy, fc.nat(), (values, seed) => {
      const whole = prepared(values);
      const count = 1 + (seed % values.length);
      const earlier = prepareHistory(columnOf(values), until(count), nothing);
      fc.pre(earlier.ok);
      expect({ ok: true, series: historyBefore(whole, count) }).toEqual(earlier);
    }),
  );
});

test('a filled history keeps what was observed, and has a number everywhere', () => {
  fc.assert(
    fc.property(gappy, (values) => {
      const { values: filled, observed } = prepared(values);
      expect(values.every((value, index) => value === undefined || filled[index] === value)).toBe(
        true,
      );
      expect(values.map((value) => (value === undefined ? 0 : 1))).toEqual([...observed]);
      expect(filled.every((value) => Number.isFinite(value))).toBe(true);
    }),
  );
});
