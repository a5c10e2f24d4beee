import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { BASELINES, MODELS } from './catalogue.ts';

/* What every model promises, whoever made it. */

const START = epochMs(Date.parse('2026-11-01T00:00:00Z'));
const given = (values: readonly number[], observed?: Uint8Array) => {
  const made = series(START, STEP, Float64Array.from(values), observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
/** Days with a rhythm, some noise and a few filled steps; values are binary fractions. */
const aHistory = (seed: number, length: number) => {
  const random = seededRandom(seed);
  const values = Array.from({ length }, (_, index) => {
    const rhythm = Math.sin((2 * Math.PI * index) / STEPS_A_DAY) + 2;
    return Math.round(1024 * (rhythm + random())) / 1024;
  });
  const observed = Uint8Array.from(values, () => (random() < 0.1 ? 0 : 1));
  observed[0] = 1;
  return { values, observed };
};
const anyHistory = fc
  .record({ seed: fc.nat(), length: fc.integer({ min: 1, max: 16 * STEPS_A_DAY }) })
  .map(({ seed, length }) => aHistory(seed, length));

describe.each(MODELS.map((model) => [model.name, model] as const))('%s', (_, model) => {
  const predict = (values: readonly number[], observed?: Uint8Array, horizon = 192) =>
    model.fit(given(values, observed)).predict(horizon, LEVELS);
  /**
   * The network counts in single precision, and takes a spread that is tiny beside the level for none: it scales with
   * a history, and shifts with it only as far as its own tests say.
   */
  const isNetwork = model.name === 'network';
  const precision = isNetwork ? 1e-4 : 1e-7;
  const shift = isNetwork ? 0 : 1024;
  const longEnough = anyHistory.filter(({ values }) => values.length >= model.minimumSteps);

  test('begins where the history ends, and is as long as was asked', () => {
    fc.assert(
      fc.property(longEnough, fc.integer({ min: 1, max: 700 }), ({ values }, horizon) => {
        const forecast = predict(values, undefined, horizon);
        expect(forecast).toMatchObject({ start: START + values.length * STEP, step: STEP });
        expect(forecast.values.map((row) => row.length)).toEqual(LEVELS.map(() => horizon));
      }),
      { numRuns: 10 },
    );
  });
  test('is finite, its quantiles never cross and are never below zero', () => {
    fc.assert(
      fc.property(longEnough, ({ values, observed }) => {
        const rows = predict(values, observed).values;
        rows.forEach((row, level) => {
          const lower = rows[level - 1] ?? new Float64Array(row.length);
          expect(row.every((value, step) => value >= lower[step]!)).toBe(true);
          expect(row.every(Number.isFinite)).toBe(true);
        });
      }),
      { numRuns: 20 },
    );
  });
  test('scales and shifts with the history', () => {
    fc.assert(
      fc.property(longEnough, fc.integer({ min: -8, max: 8 }), ({ values, observed }, power) => {
        // Far from zero, where nothing is cut off.
        const high = values.map((value) => value + 64);
        const moved = high.map((value) => value * 2 ** power + shift);
        const expected = predict(high, observed).values.map((row) =>
          row.map((value) => value * 2 ** power + shift),
        );
        predict(moved, observed).values.forEach((row, level) =>
          row.forEach((value, step) => {
            const error = Math.abs(value - expected[level]![step]!);
            expect(error).toBeLessThanOrEqual(precision * 2 ** power + 1e-9);
          }),
        );
      }),
      { numRuns: 10 },
    );
  });
  test('a constant history stays constant', () => {
    for (const days of [1, 3, 10]) {
      const length = Math.max(model.minimumSteps, days * STEPS_A_DAY);
      const values = Array.from({ length }, () => 0.3);
      for (const row of predict(values).values) {
        expect(Math.max(...row.map((value) => Math.abs(value - 0.3)))).toBeLessThan(
          isNetwork ? 1e-4 : 1e-12,
        );
      }
    }
  });
  test('a history with negative values may be forecast below zero', () => {
    const values = Array.from({ length: 10 * STEPS_A_DAY }, () => -1);
    expect(predict(values).values[0]?.[0]).toBeCloseTo(-1, 5);
  });
  test('a filled value is no error of the model', () => {
    const { values } = aHistory(1, 14 * STEPS_A_DAY);
    const observed = Uint8Array.from(values, () => 1);
    const wild = values.length - STEPS_A_DAY - 10;
    observed[wild] = 0;
    const filledWell = predict(values, observed).values.at(-1)!;
    const filledWildly = predict(values.with(wild, 1000), observed).values.at(-1)!;
    expect(filledWildly[5]! - filledWell[5]!).toBeLessThan(50);
  });
  test('refuses a history that is too short, and says how much is needed', () => {
    if (model.minimumSteps === 1) return;
    const values = aHistory(1, model.minimumSteps - 1).values;
    expect(() => predict(values)).toThrow(
      `have ${model.minimumSteps - 1} buckets, need at least ${model.minimumSteps} to fit`,
    );
  });
});

test('every model has a name of its own, and the baselines are among them', () => {
  const names = MODELS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(MODELS).toEqual(expect.arrayContaining([...BASELINES]));
});
