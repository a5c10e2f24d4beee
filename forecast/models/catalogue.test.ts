import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { historyBefore } from '../../domain/gaps.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { BASELINES, comparedModels, MODELS } from './catalogue.ts';

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

/** The library's part played: yesterday again, and the last value. */
const compared = comparedModels({
  mstl: (values, _periods, horizon) =>
    Array.from({ length: horizon }, (_, step) => values.at((step % STEPS_A_DAY) - STEPS_A_DAY)!),
  ets: (values, horizon) => Array.from({ length: horizon }, () => values.at(-1)!),
});
/** Where no rhythm is proven it has no forecast; it is tested beside its source. */
const always = [...MODELS, ...compared].filter(({ name }) => name !== 'dsp');

describe.each(always.map((model) => [model.name, model] as const))('%s', (_, model) => {
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
      { numRuns: 10 },
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
        const errors = predict(moved, observed).values.map((row, level) =>
          Math.max(...row.map((value, step) => Math.abs(value - expected[level]![step]!))),
        );
        expect(Math.max(...errors)).toBeLessThanOrEqual(precision * 2 ** power + 1e-9);
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
  test('is finite on spikes, on tiny and huge values, on few observed ones and on opposite signs', () => {
    const length = Math.max(model.minimumSteps, 9 * STEPS_A_DAY);
    const steps = Array.from({ length }).map((_nothing, index) => index);
    const seldom = Uint8Array.from(steps, (index) => (index % 300 === 0 ? 1 : 0));
    const wild = [
      predict(steps.map((index) => (index % 100 === 0 ? 1e12 : 0))),
      predict(steps.map((index) => (index === 700 ? 1e-300 : 0))),
      predict(steps.map((index) => 1e15 * (index % 7))),
      predict(steps.map((index) => (-1) ** index * index)),
      predict(
        steps.map((index) => index % 5),
        seldom,
      ),
    ];
    for (const { values } of wild) {
      values.forEach((row, level) => {
        const lower = values[level - 1] ?? row;
        expect(row.every((value, step) => Number.isFinite(value) && value >= lower[step]!)).toBe(
          true,
        );
      });
    }
  });
  test('says the same whatever was forecast before it, and whatever comes after the history', () => {
    const length = Math.max(model.minimumSteps, 9 * STEPS_A_DAY);
    const { values, observed } = aHistory(5, length + STEPS_A_DAY);
    const [one, other] = [
      values,
      values.map((value, at) => (at < length ? value : 1e3 * value)),
    ].map((all) => given(all, observed));
    const said = [one!, other!].map((whole) => {
      predict(aHistory(6, length).values);
      return model.fit(historyBefore(whole, length)).predict(STEPS_A_DAY, LEVELS);
    });
    expect(said[1]).toEqual(said[0]);
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
  const names = [...MODELS, ...compared].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(MODELS).toEqual(expect.arrayContaining([...BASELINES]));
});
