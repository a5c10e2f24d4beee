import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { fillGaps } from '../../domain/gaps.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import { days, epochMs, STEP, STEPS_A_DAY, type EpochMs } from '../../domain/units.ts';
import type { Vintage } from '../../domain/vintage.ts';
import { cart, TEN } from '../../test/builders.ts';
import { normalQuantile } from '../models/normal-quantile.ts';
import { errorOf, seasonalScale } from '../models/score.ts';
import { scoreIssued, truthOf } from './score-issued.ts';

const DAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const NEXT = epochMs(DAY + days(1));
/** A daily rhythm with a ripple that no two days share. */
const usage = (step: number): number =>
  2 + Math.sin((step / STEPS_A_DAY) * 2 * Math.PI) + 0.3 * Math.sin(step * 1.7);
const at = (step: number): EpochMs => epochMs(DAY + step * STEP);
const columnOf = (steps: readonly number[], value = usage): HistoryColumn => ({
  key: cart,
  starts: Float64Array.from(steps, (step) => at(step)),
  values: Float64Array.from(steps, value),
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const WEEK = range(-7 * STEPS_A_DAY, STEPS_A_DAY);
const truth = (column: HistoryColumn, until = NEXT) => truthOf(column, 'cpu', DAY, until);

const vintage = (step: number, about: Partial<Vintage> = {}, of = usage): Vintage => ({
  key: cart,
  resource: 'cpu',
  lead: 1,
  at: at(step),
  issuedAt: at(step - 1),
  model: 'network',
  levels: LEVELS,
  values: Float64Array.from(LEVELS, (level) => of(step) * 1.02 + level - 0.5),
  ...about,
});
const DAYS_VINTAGES = range(0, STEPS_A_DAY).map((step) => vintage(step));

test('errors are those of the scorer that models are chosen by', () => {
  const [score] = scoreIssued(truth(columnOf(WEEK))!, DAYS_VINTAGES);
  const values = LEVELS.map((_, level) =>
    Float64Array.from(DAYS_VINTAGES, (one) => one.values[level]!),
  );
  const whole = fillGaps(
    at(WEEK[0]!),
    Float64Array.from(WEEK, usage),
    new Uint8Array(WEEK.length).fill(1),
  );
  const before = fillGaps(
    whole.start,
    whole.values.slice(0, -STEPS_A_DAY),
    whole.observed.slice(0, -STEPS_A_DAY),
  );
  const scale = seasonalScale(before)!;
  const forecast = { start: DAY, step: STEP, levels: LEVELS, values };
  const expected = errorOf(forecast, whole, 7 * STEPS_A_DAY, scale)!;
  expect(score).toMatchObject({ key: cart, resource: 'cpu', lead: 1, model: 'network', at: DAY });
  for (const member of ['mae', 'mase', 'pinball', 'coverage', 'n'] as const) {
    expect(score![member]).toBeCloseTo(expected[member], 12);
  }
  const bias = range(0, 96).reduce((sum, step) => sum - 0.02 * usage(step), 0) / 96 / scale;
  expect(score!.bias).toBeCloseTo(bias, 12);
  expect(score!.belowQ90).toBe(1);
});

test.each([
  [1, 96],
  [48, 96],
  [96, 192],
])(
  'seasonal naive at lead %d has skill 0, and is told only of days that were over',
  (lead, lag) => {
    const column = columnOf(WEEK);
    const errors = range(-7 * STEPS_A_DAY + lag, 0).map((step) => usage(step) - usage(step - lag));
    const sigma = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    const vintages = range(0, 96).map((step) =>
      vintage(step, {
        lead,
        values: Float64Array.from(
          LEVELS,
          (level) => usage(step - lag) + sigma * normalQuantile(level),
        ),
      }),
    );
    expect(scoreIssued(truth(column)!, vintages)[0]!.skill).toBeCloseTo(0, 12);
  },
);

test('what came exactly as said has skill 1', () => {
  const exact = range(0, 96).map((step) =>
    vintage(step, { values: new Float64Array(LEVELS.length).fill(usage(step)) }),
  );
  expect(scoreIssued(truth(columnOf(WEEK))!, exact)).toMatchObject([
    { skill: 1, mae: 0, bias: 0, coverage: 1, belowQ90: 1, n: 96 },
  ]);
});

test('half of a day observed is enough, a step less is not', () => {
  const before = range(-7 * STEPS_A_DAY, 0);
  expect(truth(columnOf([...before, ...range(0, 48)]))).toBeDefined();
  expect(truth(columnOf([...before, ...range(0, 47)]))).toBeUndefined();
});

test('only observed steps are scored', () => {
  const steps = WEEK.filter((step) => step < 10 || step >= 30);
  expect(scoreIssued(truth(columnOf(steps))!, DAYS_VINTAGES)[0]!.n).toBe(76);
});

test('a day that is not over is scored as far as it has come', () => {
  const open = truth(columnOf(range(-7 * STEPS_A_DAY, 8)), epochMs(at(8) + 60_000));
  expect(scoreIssued(open!, DAYS_VINTAGES)[0]!.n).toBe(8);
  expect(truth(columnOf(WEEK), DAY)).toBeUndefined();
});

test('days that repeat exactly are not scored: no error has a scale', () => {
  expect(truth(columnOf(WEEK, () => 3))).toBeUndefined();
  expect(truth(columnOf(range(-STEPS_A_DAY + 1, 96)))).toBeUndefined();
});

test('each lead and each model as served has a row of its own', () => {
  const mixed = DAYS_VINTAGES.map((one, step) => ({
    ...one,
    model: step < 40 ? 'network' : 'ridge',
  }));
  const far = DAYS_VINTAGES.map((one) => ({ ...one, lead: 16 }));
  const rows = scoreIssued(truth(columnOf(WEEK))!, [...mixed, ...far]);
  expect(rows.map(({ lead, model, n }) => [lead, model, n])).toEqual([
    [1, 'network', 40],
    [1, 'ridge', 56],
    [16, 'network', 96],
  ]);
});

test('errors in scale do not depend on the unit, nor on the order of vintages', () => {
  const large = columnOf(WEEK, (step) => 1e9 * usage(step));
  const vintages = DAYS_VINTAGES.map((one) => ({ ...one, values: one.values.map((v) => 1e9 * v) }));
  const [score] = scoreIssued(truth(columnOf(WEEK))!, DAYS_VINTAGES);
  const [other] = scoreIssued(truth(large)!, vintages.toReversed());
  for (const member of ['mase', 'pinball', 'coverage', 'skill', 'bias', 'belowQ90'] as const) {
    expect(other![member]).toBeCloseTo(score![member]!, 9);
  }
});

test('a vintage of another day, or without the levels that are scored, is left out', () => {
  const odd = { levels: [0.5], values: Float64Array.of(1) } as const;
  const some = [vintage(-1), vintage(96), vintage(3, odd), vintage(4)];
  expect(scoreIssued(truth(columnOf(WEEK))!, some)).toMatchObject([{ n: 1 }]);
});
