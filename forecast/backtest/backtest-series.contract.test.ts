import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { timeAt } from '../../domain/series.ts';
import { STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { MODELS } from '../models/catalogue.ts';
import type { Model } from '../models/model.ts';
import { backtestSeries, CHOSEN, type BacktestPlan } from './backtest-series.ts';
import { reference } from './reference.ts';
import type { Column } from './wide-csv.ts';

const START = 1_381_363_200_000;
const DAY = STEPS_A_DAY;

/** `of` each day and step; `undefined` is not in the file. */
function columnOf(days: number, of: (day: number, step: number) => number | undefined): Column {
  const steps = Array.from({ length: days * DAY }, (_, step) => step);
  const seen = steps.filter((step) => of(Math.floor(step / DAY), step) !== undefined);
  return {
    name: 'a',
    starts: Float64Array.from(seen, (step) => START + step * STEP),
    values: Float64Array.from(seen, (step) => of(Math.floor(step / DAY), step)!),
  };
}
const noisy = (seed: number, days = 16): Column => {
  const random = seededRandom(seed);
  return columnOf(days, (_, step) => 3 + 2 * Math.sin((2 * Math.PI * step) / DAY) + random());
};

/** Says `by` more than what was a day ago, at every level. */
const dayAgoAnd = (by: number, name = `day ago and ${by}`): Model => ({
  name,
  minimumSteps: DAY,
  fit: (history) => ({
    predict: (horizon, levels) => ({
      start: timeAt(history, history.values.length),
      step: STEP,
      levels,
      values: levels.map(() =>
        Float64Array.from(
          { length: horizon },
          (_, step) => history.values[history.values.length - DAY + step]! + by,
        ),
      ),
    }),
  }),
});

const theFirst: BacktestPlan['choose'] = (history, [model], horizon) => ({
  forecast: model!.fit(history).predict(horizon, LEVELS),
  weights: { [model!.name]: 1 },
});
const plan = (about: Partial<BacktestPlan> = {}): BacktestPlan => {
  const models = about.models ?? [dayAgoAnd(1)];
  return {
    origins: 4,
    models,
    candidates: models.map(({ name }) => name),
    choose: theFirst,
    cpuSeconds: () => 0,
    ...about,
  };
};
const backtest = (column: Column, about: Partial<BacktestPlan> = {}) => {
  const done = backtestSeries(column, plan(about));
  if (!done.ok) throw new Error(done.reason);
  return done;
};

describe('the days that are held back', () => {
  const daysOf = (column: Column, origins: number) =>
    backtest(column, { origins }).vintages.map(({ at }) => (at - START) / (DAY * STEP));
  test.each([
    ['are the last four, ascending', 16, 4, [12, 13, 14, 15]],
    ['are as many as are asked for', 16, 1, [15]],
    ['leave a week before the first of them', 9, 4, [7, 8]],
  ])('%s', (_, days, origins, expected) => {
    expect(daysOf(noisy(1, days), origins)).toEqual(expected);
  });
  test('end where the series ends, not where the file ends', () => {
    const column = columnOf(20, (day, step) => (day < 16 ? step % 7 : undefined));
    expect(daysOf(column, 4)).toEqual([12, 13, 14, 15]);
  });
  test('are forecast but not scored when more than half of them was not observed', () => {
    const column = columnOf(16, (day, step) =>
      day === 13 && step % DAY < 49 ? undefined : Math.sin(step),
    );
    const { outcome, vintages } = backtest(column);
    expect(outcome.windows).toHaveLength(3);
    expect(vintages.map(({ forecast }) => forecast.values.map((row) => row.length))).toEqual(
      Array.from({ length: 4 }, () => LEVELS.map(() => DAY)),
    );
  });
});

test('errors by hand: each day is 1 above the day before, the model says 3 above', () => {
  const { outcome } = backtest(
    columnOf(16, (day) => day),
    { models: [dayAgoAnd(3)] },
  );
  expect(outcome.windows.map(({ scale }) => scale)).toEqual([1, 1, 1, 1]);
  // 2 too high at every level: twice the pinball loss is 4 (1 - q), its mean over 0.1 .. 0.9 is 2.
  expect(outcome.windows[0]!.errors.get('day ago and 3')).toEqual({
    mae: 2,
    loss: expect.closeTo(2, 12),
    coverage: 0,
    below: LEVELS.map(() => 1),
    byHour: Array.from({ length: 24 }, () => expect.closeTo(2, 12)),
    n: DAY,
    magnitude: 12 * DAY,
  });
  // The reference is 1 too low; its sigma is 1.
  const yardstick = outcome.windows[0]!.errors.get(reference.name)!;
  expect(yardstick).toMatchObject({ mae: 1, coverage: 1 });
  expect(yardstick.below).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
});

describe('only what lay before an origin is seen', () => {
  const everything = { models: MODELS };
  test.each(['noise', 'nothing but the last step'])('the truth may be %s', (kind) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 3 }), (seed, kept) => {
        const before = noisy(1);
        const origin = (12 + kept) * DAY;
        const random = seededRandom(seed);
        const isLater = (index: number): boolean => index >= origin;
        const after =
          kind === 'noise'
            ? { ...before, values: before.values.map((v, i) => (isLater(i) ? 99 * random() : v)) }
            : {
                ...before,
                starts: before.starts.filter((_, i) => !isLater(i) || i === 16 * DAY - 1),
                values: before.values.filter((_, i) => !isLater(i) || i === 16 * DAY - 1),
              };
        const [one, other] = [before, after].map((column) =>
          backtest(column, everything).vintages.slice(0, kept + 1),
        );
        expect(other).toEqual(one);
      }),
      { numRuns: 6 },
    );
  });
  test('with cold days, the models see no more than these, the reference all', () => {
    const seen: number[] = [];
    const spy: Model = {
      ...dayAgoAnd(0, 'spy'),
      fit: (history) => {
        seen.push(history.values.length);
        return dayAgoAnd(0).fit(history);
      },
    };
    const { outcome } = backtest(noisy(1), { models: [spy], coldDays: 1.5 });
    expect(seen).toEqual([144, 144, 144, 144]);
    const whole = backtest(noisy(1)).outcome;
    const scales = (of: typeof outcome) => of.windows.map(({ scale }) => scale);
    expect(scales(outcome)).toEqual(scales(whole));
  });
});

test('other choices are told of beside the chosen one', () => {
  const models = [dayAgoAnd(1), dayAgoAnd(3)];
  const theLast: BacktestPlan['choose'] = (history, all, horizon) =>
    theFirst(history, all.toReversed(), horizon);
  const rivals = new Map([['the last', theLast]]);
  const { errors } = backtest(noisy(1), { models, rivals }).outcome.windows[0]!;
  expect(errors.get('the last')).toEqual(errors.get('day ago and 3'));
  expect(errors.get(CHOSEN)).toEqual(errors.get('day ago and 1'));
});

describe('a model that fails', () => {
  const failing = (fit: Model['fit']): Model => ({ ...dayAgoAnd(0, 'odd'), fit });
  const [throwing, notANumber] = [
    failing(() => {
      throw new Error('odd');
    }),
    failing((history) => ({
      predict: (...asked) => {
        const forecast = dayAgoAnd(0)
          .fit(history)
          .predict(...asked);
        forecast.values[3]![7] = history.values.length === 13 * DAY ? Number.NaN : 1;
        return forecast;
      },
    })),
  ];
  test.each([
    ['by an exception', throwing],
    ['on one day, by a number that is none', notANumber],
  ])('%s is replaced by the reference on all days, and counted', (_, odd) => {
    const { outcome } = backtest(noisy(1), { models: [dayAgoAnd(1), odd] });
    expect(outcome.failed).toEqual(['odd']);
    for (const { errors } of outcome.windows) {
      expect(errors.get('odd')).toBe(errors.get(reference.name));
      expect(errors.get(CHOSEN)).toEqual(errors.get('day ago and 1'));
    }
  });
  test('does not leave a hole in what is written when it was the choice', () => {
    const { outcome, vintages } = backtest(noisy(1), { models: [throwing] });
    expect(outcome.failed).toEqual(['odd', CHOSEN]);
    expect(vintages).toHaveLength(4);
  });
});

test('days that are held back and days that are chosen by overlap: each history is fitted once', () => {
  let fits = 0;
  const counting: Model = {
    ...dayAgoAnd(1),
    fit: (history) => {
      fits += 1;
      return dayAgoAnd(1).fit(history);
    },
  };
  const asked: BacktestPlan['choose'] = (history, models, horizon) => {
    for (let day = 1; day <= 7; day += 1) {
      const values = history.values.subarray(0, history.values.length - day * DAY);
      models[0]!.fit({ ...history, values }).predict(horizon, LEVELS);
    }
    return theFirst(history, models, horizon);
  };
  let cpu = 0;
  const { outcome } = backtest(noisy(1), {
    models: [counting],
    choose: asked,
    cpuSeconds: () => (cpu += 1),
  });
  expect(fits).toBe(11);
  expect(outcome.cpuSeconds.get('day ago and 1')).toBe(1);
});
