import { expect, test } from 'vitest';
import { cart, TEN } from '../../test/builders.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { days, epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { BASELINES, MODELS } from '../models/catalogue.ts';
import { forecastSeries } from './forecast-series.ts';

const random = seededRandom(1);
const jobOf = (valueAt: (index: number) => number) => {
  const values = Float64Array.from({ length: 14 * STEPS_A_DAY }, (_, index) => valueAt(index));
  const made = series(epochMs(TEN - days(14)), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return { key: cart, resource: 'cpu' as const, history: made.series };
};
const plan = { horizon: 192, at: TEN };
const noisy = jobOf((index) => 5 + Math.sin((2 * Math.PI * index) / STEPS_A_DAY) + random());

test('the scores of all models, over the whole day ahead, with skill against the seasonal naive day', () => {
  const answer = forecastSeries(noisy, plan, MODELS, BASELINES);
  const scores = answer.kind === 'forecast' ? answer.scores : [];
  expect(scores.map(({ model }) => model)).toEqual(MODELS.map(({ name }) => name));
  const [day, , , medianScore] = scores;
  expect(day).toMatchObject({ key: cart, resource: 'cpu', lead: 0, at: TEN, skill: 0 });
  expect(day).toMatchObject({ n: 7 * STEPS_A_DAY });
  expect(medianScore?.skill).toBeCloseTo(1 - medianScore!.pinball / day!.pinball, 6);
  expect(medianScore!.skill).toBeGreaterThan(0.1);
});

test('a series that never changes is forecast, and nobody is scored on it', () => {
  expect(
    forecastSeries(
      jobOf(() => 0),
      plan,
      MODELS,
      BASELINES,
    ),
  ).toMatchObject({
    kind: 'forecast',
    model: 'seasonal-naive-day',
    scores: [],
  });
});

test("a model's fault is told as the series' failure", () => {
  const broken = {
    ...BASELINES[0],
    fit: () => {
      throw new RangeError('index 7 is outside 0..3');
    },
  };
  expect(forecastSeries(noisy, plan, [broken], [broken])).toEqual({
    kind: 'failed',
    reason: 'index 7 is outside 0..3',
  });
});
