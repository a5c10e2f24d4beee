import { describe, expect, test } from 'vitest';
import { cart, TEN } from '../../test/builders.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { days, epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { BASELINES, MODELS } from '../models/catalogue.ts';
import type { SeriesMemory } from './choice-memory.ts';
import { forecastSeries } from './forecast-series.ts';
import type { SeriesAnswer, SeriesForecast, SeriesJob } from './job.ts';
import type { Catalogue } from './members.ts';

const random = seededRandom(1);
const jobOf = (valueAt: (index: number) => number, length = 14) => {
  const values = Float64Array.from({ length: length * STEPS_A_DAY }, (_, index) => valueAt(index));
  const made = series(epochMs(TEN - days(length)), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return { key: cart, resource: 'cpu' as const, history: made.series, task: 'choose' as const };
};
const plan = { horizon: 192, now: TEN, at: TEN };
const catalogue: Catalogue = { models: MODELS, baselines: BASELINES };
/** Cheap to ask at many origins. */
const rules: Catalogue = { models: MODELS.slice(0, 4), baselines: BASELINES };
const daily = (index: number): number => Math.sin((2 * Math.PI * index) / STEPS_A_DAY);
const noisy = jobOf((index) => 5 + daily(index) + random());
const forecastOf = (answer: SeriesAnswer): SeriesForecast => {
  if (answer.kind !== 'forecast') throw new Error(JSON.stringify(answer));
  return answer;
};
const memoryOf = (answer: SeriesAnswer): SeriesMemory => forecastOf(answer).memory!;
const renew = (job: SeriesJob, memory: SeriesMemory, now = TEN): SeriesAnswer =>
  forecastSeries({ ...job, task: 'renew', memory }, { ...plan, now }, rules);

test('the scores of all models, over the whole day ahead, with skill against the seasonal naive day', () => {
  const { scores } = forecastOf(forecastSeries(noisy, plan, catalogue));
  expect(scores.map(({ model }) => model)).toEqual(MODELS.map(({ name }) => name));
  const [day, , , medianScore] = scores;
  expect(day).toMatchObject({ key: cart, resource: 'cpu', lead: 0, at: TEN, skill: 0 });
  expect(day).toMatchObject({ n: 7 * STEPS_A_DAY });
  expect(medianScore?.skill).toBeCloseTo(1 - medianScore!.pinball / day!.pinball, 6);
  expect(medianScore!.skill).toBeGreaterThan(0.1);
});

test("a model's fault is told as the series' failure", () => {
  const broken = {
    ...BASELINES[0],
    fit: () => {
      throw new RangeError('index 7 is outside 0..3');
    },
  };
  expect(forecastSeries(noisy, plan, { models: [broken], baselines: [broken] })).toEqual({
    kind: 'failed',
    reason: 'index 7 is outside 0..3',
  });
});

describe('what was chosen', () => {
  const chosen = forecastOf(forecastSeries(noisy, plan, rules));
  test('is remembered with its members and their weights', () => {
    const { parts, ...memory } = memoryOf(chosen);
    expect(memory).toEqual({ at: TEN, since: TEN - days(14), losses: [] });
    expect(parts.reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1, 9);
  });
  test('forecasts much the same again, without trials', () => {
    const again = forecastOf(renew(noisy, memoryOf(chosen)));
    expect(again).toMatchObject({ how: 'reused', scores: [] });
    expect(again.memory).toBeUndefined();
    const medians = chosen.forecast.values[4]!;
    expect(
      again.forecast.values[4]!.every((value, step) => Math.abs(value - medians[step]!) < 0.3),
    ).toBe(true);
  });
  test('is outdated when a member is not known any more', () => {
    const memory = { ...memoryOf(chosen), parts: [['prophet', 1]] as const };
    expect(renew(noisy, memory)).toEqual({ kind: 'outdated' });
  });
  test('is judged by yesterday when it is chosen anew, relative to seasonal naive', () => {
    const memory = { ...memoryOf(chosen), losses: [0.9, 0.8] };
    const { losses } = memoryOf(forecastSeries({ ...noisy, memory }, plan, rules));
    expect(losses).toEqual([0.9, 0.8, expect.toSatisfy((loss) => loss > 0.3 && loss < 1)]);
  });
  test('has drifted when its losses have risen for good, which is told once', () => {
    const risen = { ...memoryOf(chosen), losses: [0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.7] };
    expect(memoryOf(forecastSeries({ ...noisy, memory: risen }, plan, rules))).toMatchObject({
      losses: [],
      driftedAt: TEN,
    });
  });
});

describe('what need not be trained', () => {
  const flat = jobOf(() => 0);
  test('is what never changes: the last value serves', () => {
    const answer = forecastSeries(flat, plan, rules);
    const kept = { how: 'skipped', model: 'naive', reason: 'constant for 3 days', scores: [] };
    expect(answer).toMatchObject(kept);
    expect(renew(flat, memoryOf(answer))).toMatchObject(kept);
    expect(renew(noisy, memoryOf(answer))).toEqual({ kind: 'outdated' });
  });
  test('is what a seasonal naive rule forecasts as well as any model, which is named', () => {
    // A week that repeats, but for noise; no model knows more than last week.
    const week = Array.from({ length: 7 * STEPS_A_DAY }, () => 100 * random());
    const weekly = jobOf((index) => week[index % week.length]! + random(), 15);
    const answer = forecastSeries(weekly, plan, rules);
    const kept = {
      how: 'skipped',
      model: 'seasonal-naive-week',
      reason: 'seasonal naive is within 2 % of the best',
    };
    expect(answer).toMatchObject(kept);
    expect(forecastOf(answer).scores.length).toBeGreaterThan(1);
    expect(renew(weekly, memoryOf(answer))).toMatchObject(kept);
  });
});

describe('a new level', () => {
  const began = 14 * STEPS_A_DAY - 60;
  const jumped = jobOf((index) => 5 + daily(index) + 0.3 * random() + (index < began ? 0 : 6));
  const before: SeriesMemory = {
    at: TEN,
    since: TEN,
    parts: [['seasonal-naive-day', 1]],
    losses: [],
  };
  const renewWith = (job: SeriesJob, members: Catalogue): SeriesAnswer =>
    forecastSeries({ ...job, task: 'renew', memory: before }, plan, members);
  const answer = renewWith(jumped, rules);
  test('is forecast by what was learnt elsewhere, from the whole history', () => {
    const learnt = forecastOf(renewWith(jumped, catalogue));
    expect(learnt).toMatchObject({ how: 'trained', model: 'network' });
    expect(learnt.forecast.values[4]![95]).toBeGreaterThan(7);
  });
  test('where nothing was learnt, by the rules, in equal shares', () => {
    expect(answer).toMatchObject({ how: 'trained', model: 'mix-snd-naive' });
    const { changedAt } = memoryOf(answer);
    expect(Math.abs(changedAt! - (TEN - 60 * STEP))).toBeLessThan(8 * STEP);
  });
  test('is remembered for three days, and then chosen for', () => {
    const memory = memoryOf(answer);
    expect(renew(jumped, memory)).toMatchObject({ how: 'reused', model: 'mix-snd-naive' });
    expect(renew(noisy, memory, epochMs(TEN + days(3)))).toEqual({ kind: 'outdated' });
    const later = { ...plan, now: epochMs(TEN + days(3)) };
    const settled = memoryOf(forecastSeries({ ...noisy, memory }, later, rules));
    expect(settled.changedAt).toBe(memory.changedAt);
    expect(renew(noisy, settled, later.now)).toMatchObject({ how: 'reused' });
  });
});
