import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series, timeAt, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { BASELINES, MODELS } from '../models/catalogue.ts';
import type { Model } from '../models/model.ts';
import { chooseAndForecast, relativeLoss } from './choose.ts';

const START = epochMs(Date.parse('2026-11-02T00:00:00Z'));
const given = (values: ArrayLike<number>, observed?: Uint8Array): Series => {
  const made = series(START, STEP, Float64Array.from(values), observed);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
/** `of` each step's day, time of day in [0, 1) and noise in [0, 1). */
const history = (days: number, of: (day: number, time: number, noise: number) => number) => {
  const random = seededRandom(days);
  return given(
    Array.from({ length: days * STEPS_A_DAY }, (_, index) =>
      of(Math.floor(index / STEPS_A_DAY), (index % STEPS_A_DAY) / STEPS_A_DAY, random()),
    ),
  );
};
const chosen = (of: Series): string => chooseAndForecast(of, MODELS, BASELINES, 192).model.name;
const heaviest = (of: Series, models: readonly Model[]): string | undefined =>
  chooseAndForecast(of, models, BASELINES, 192).parts.toSorted((a, b) => b.weight - a.weight)[0]
    ?.model.name;
const rules = MODELS.filter(({ name }) => !['holt-winters', 'ridge', 'network'].includes(name));
const rhythm = (time: number): number => 3 + 2 * Math.sin(2 * Math.PI * time);

describe('the rule that did best on the last days weighs most', () => {
  let level = 50;
  test.each([
    [
      'a week that repeats',
      history(21, (day, time, noise) => (day % 7 < 5 ? 3 : 1) * rhythm(time) + 0.1 * noise),
      'seasonal-naive-week',
    ],
    [
      'the same noisy day every day',
      history(21, (_, time, noise) => rhythm(time) + noise),
      'same-time-median',
    ],
    [
      'a level that wanders slowly, without a rhythm',
      history(21, (_, __, noise) => (level += (noise - 0.5) * 0.2)),
      'naive',
    ],
    [
      'a day that is like the day before, ever higher',
      history(21, (day, time, noise) => (day + 1) * rhythm(time) + 0.01 * noise),
      'seasonal-naive-day',
    ],
  ])('%s', (_, of, name) => {
    expect(heaviest(of, rules)).toBe(name);
  });
});

/** Knows the truth and misses it by so much, `day` days before its end; has no spread. */
const missing = (
  name: string,
  truth: Series,
  by: (day: number) => number,
  minimumSteps = STEPS_A_DAY,
): Model => ({
  name,
  minimumSteps,
  fit: ({ values: { length: origin }, step }) => ({
    predict: (horizon, levels) => {
      const miss = by((truth.values.length - origin) / STEPS_A_DAY);
      const row = Float64Array.from(
        { length: horizon },
        (_, ahead) => (truth.values[origin + ahead] ?? 0) + miss,
      );
      return { start: timeAt(truth, origin), step, levels, values: levels.map(() => row) };
    },
  }),
});

describe('the share', () => {
  const noisy = history(14, (_, time, noise) => rhythm(time) + noise);
  const reference = missing('reference', noisy, () => 10);
  const other = missing('other', noisy, (day) => (day <= 4 ? 3 : 20));
  const sharesBeside = (model: Model): Record<string, number> =>
    Object.fromEntries(
      chooseAndForecast(noisy, [reference, other, model], [reference, other], 96).parts.map(
        ({ model: { name }, weight }) => [name, Math.round(weight * 100)],
      ),
    );
  test.each([
    ['of a model that always misses by less is all', 2, 1, { model: 100 }],
    ['of one that misses by more is none', 14, 1, { reference: 51, other: 49 }],
    [
      'of one that another beat on the days on which it was scored is less',
      5,
      10,
      { other: 51, model: 49 },
    ],
    ['of one that was scored on three days is none', 1, 11, { reference: 51, other: 49 }],
  ])('%s', (_, miss, minimumDays, expected) => {
    const model = missing('model', noisy, () => miss, minimumDays * STEPS_A_DAY);
    expect(sharesBeside(model)).toEqual(expected);
  });
  test('of what was learnt from others is four times that of an equal', () => {
    const learnt = { ...missing('learnt', noisy, () => -10), isPretrained: true };
    const { parts } = chooseAndForecast(noisy, [reference, learnt], [reference], 96);
    expect(parts.map(({ weight }) => weight)).toEqual([
      expect.closeTo(0.2, 9),
      expect.closeTo(0.8, 9),
    ]);
  });
  test('of yesterday counts more than of a week ago', () => {
    const lately = missing('lately', noisy, (day) => (day <= 3 ? 7 : 13));
    const before = missing('before', noisy, (day) => (day <= 3 ? -13 : -7));
    const models = [reference, lately, before];
    const { parts } = chooseAndForecast(noisy, models, [reference], 96);
    const weightOf = (of: Model): number => parts.find(({ model }) => model === of)?.weight ?? 0;
    expect(weightOf(lately)).toBeGreaterThan(weightOf(before));
  });
});

describe('without enough scored days', () => {
  const noisy = history(14, (_, time, noise) => rhythm(time) + noise);
  test.each([
    ['every day is the same', history(14, (_, time) => rhythm(time))],
    ['nothing ever changes', history(14, () => 0)],
    ['the few days there are are the same', history(3, (_, time) => rhythm(time))],
  ])('the seasonal naive day serves when %s', (_, of) => {
    expect(chosen(of)).toBe('seasonal-naive-day');
  });
  test.each([1, 2, 5])(
    'what was learnt elsewhere has the larger share when there are %i days',
    (days) => {
      const young = history(days, (_, time, noise) => rhythm(time) + noise);
      expect(chosen(young)).toBe('mix-snd-network');
      expect(heaviest(young, MODELS)).toBe('network');
    },
  );
  test('what was learnt elsewhere has half when it lost clearly on the few days there are', () => {
    const young = history(4, (_, time, noise) => rhythm(time) + noise);
    const baseline = missing('reference', young, () => 1);
    const learnt: Model = { ...missing('learnt', young, () => 50), isPretrained: true };
    const { parts } = chooseAndForecast(young, [baseline, learnt], [baseline], 96);
    expect(parts.map(({ weight }) => weight)).toEqual([0.5, 0.5]);
  });
  test('what was learnt elsewhere has the larger share within the first day', () => {
    const young = given(history(1, (_, time, noise) => rhythm(time) + noise).values.slice(0, 30));
    expect(heaviest(young, MODELS)).toBe('network');
  });
  test('the last value serves when there are not even two hours', () => {
    expect(chosen(given([1, 2, 3]))).toBe('naive');
  });
  test('days that were not observed are not scored', () => {
    const observed = new Uint8Array(14 * STEPS_A_DAY).fill(1);
    observed.fill(0, 10 * STEPS_A_DAY, 10.7 * STEPS_A_DAY);
    const { errors } = chooseAndForecast(given(noisy.values, observed), rules, BASELINES, 96);
    expect([...new Set(errors.map(({ day }) => day))]).toEqual([1, 2, 3, 5, 6, 7]);
  });
});

describe('several good models', () => {
  const noisy = history(14, (_, time, noise) => rhythm(time) + noise);
  const together = (missOfOther: number) => {
    const other = missing('other', noisy, () => missOfOther);
    const models = [missing('reference', noisy, () => 10), missing('one', noisy, () => 1), other];
    return chooseAndForecast(noisy, models, [models[0]!], 96);
  };
  test('whose misses cancel out are forecast with together', () => {
    const { model, parts, forecast } = together(-1);
    expect(model.name).toBe('mix-one-other');
    expect(parts.map(({ weight }) => Math.round(weight * 100))).toEqual([50, 50]);
    expect(Math.abs(forecast.values[0]![0]!)).toBeLessThan(0.01);
  });
  test('are given up for one of them that together they spoil', () => {
    expect(together(1.8).model.name).toBe('one');
  });
  test('are one when another is not worth its weight', () => {
    expect(together(9).model.name).toBe('one');
  });
});

test('a model is compared on the days when both were scored', () => {
  const error = { mae: 1, mase: 1, coverage: 1, n: 96 };
  const errors = [
    { ...error, model: 'a', day: 1, pinball: 1 },
    { ...error, model: 'b', day: 1, pinball: 2 },
    { ...error, model: 'b', day: 2, pinball: 100 },
  ];
  expect(relativeLoss(errors, { name: 'a' }, { name: 'b' })).toBe(0.5);
});

test('nothing after an origin changes what was forecast there', () => {
  const all = history(14, (_, time, noise) => rhythm(time) + noise);
  const seen: string[] = [];
  const spying = (into: string[]): Model => ({
    ...BASELINES[0],
    name: 'spy',
    fit: (of) => {
      into.push(`${of.values.length}: ${of.values.join()} ${of.observed.join()}`);
      return BASELINES[0].fit(of);
    },
  });
  const days = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 40 }), (day, gap) => {
      const origin = all.values.length - day * STEPS_A_DAY;
      const observed = new Uint8Array(all.values.length).fill(1);
      observed.fill(0, origin - gap, origin + gap);
      const asked = [1, 1000].map((factor) => {
        seen.length = 0;
        const changed = all.values.map((value, index) => (index < origin ? value : value * factor));
        chooseAndForecast(given(changed, observed), [spying(seen)], BASELINES, 96);
        return seen.filter((text) => text.startsWith(`${origin}: `));
      });
      expect(asked[0]).toHaveLength(1);
      expect(asked[1]).toEqual(asked[0]);
    }),
    { numRuns: 20 },
  );
});

describe('the chosen forecast', () => {
  const past = history(8, (day, time, noise) => (1 + day / 40) * rhythm(time) + noise);
  const cheap = MODELS.filter(({ name }) => !['holt-winters', 'ridge'].includes(name));
  const forecastOf = (values: Float64Array): readonly Float64Array[] =>
    chooseAndForecast(given(values), cheap, BASELINES, 96).forecast.values;
  const before = forecastOf(past.values);
  /** The largest difference to what a value of the forecast should have become, in shares of the largest value. */
  const missBy = (own: readonly Float64Array[], to: (value: number) => number): number => {
    const misses = own.flatMap((row, level) =>
      [...row].map((value, step) => Math.abs(value - to(before[level]![step]!))),
    );
    return Math.max(...misses) / Math.max(...own[10]!);
  };
  test.each([0.001, 1000])('of a series times %d is so many times the forecast', (factor) => {
    const own = forecastOf(past.values.map((value) => factor * value));
    expect(missBy(own, (value) => factor * value)).toBeLessThan(1e-6);
  });
  test('of a series that is shifted is shifted', () => {
    const own = forecastOf(past.values.map((value) => 500 + value));
    expect(missBy(own, (value) => 500 + value)).toBeLessThan(1e-6);
  });
  test('never has crossing quantiles', () => {
    const crossing = before
      .slice(1)
      .flatMap((row, level) => [...row].filter((value, step) => value < before[level]![step]!));
    expect(crossing).toEqual([]);
  });
  test('of one series does not hang on what was forecast before it', () => {
    forecastOf(past.values.subarray(0, 2 * STEPS_A_DAY));
    expect(forecastOf(past.values)).toEqual(before);
  });
});
