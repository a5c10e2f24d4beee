import { historyBefore } from '../../domain/gaps.ts';
import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { errorOf, seasonalScale, type ForecastError } from './score.ts';

/** How one model did at one past origin, in days before the end of the history. */
export type PastError = ForecastError & { readonly model: string; readonly day: number };

export type Choice = {
  readonly model: Model;
  readonly forecast: Forecast;
  /** Of every model that could be scored, at the origins where it could. */
  readonly errors: readonly PastError[];
};

const DAYS_SCORED = 7;
/** A model that was scored on fewer days is not known well enough to be chosen over the baseline. */
const DAYS_TO_BE_TRUSTED = 4;

/**
 * Asks every model what it would have said on each of the last days, chooses the best of them by their scaled
 * quantile loss relative to the first baseline's on the same days, and forecasts with it. A model that lost to a baseline
 * on those days is never chosen; below four scored days the first baseline that the history suffices for is.
 *
 * @param baselines in order of preference; the last must be content with any history.
 * @param horizon   steps ahead.
 */
export function chooseAndForecast(
  history: Series,
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
  horizon: number,
): Choice {
  const errors = pastErrors(history, models);
  const model = best(errors, models, baselines) ?? firstThatFits(history, baselines);
  return { model, forecast: model.fit(history).predict(horizon, LEVELS), errors };
}

/** Only what lay before an origin is shown to the model that is asked there. */
function pastErrors(history: Series, models: readonly Model[]): PastError[] {
  const errors: PastError[] = [];
  for (let day = 1; day <= DAYS_SCORED; day += 1) {
    const origin = history.values.length - day * STEPS_A_DAY;
    if (origin < STEPS_A_DAY) break;
    const before = historyBefore(history, origin);
    const scale = seasonalScale(before);
    if (scale === undefined) continue;
    for (const model of models) {
      if (model.minimumSteps > origin) continue;
      const forecast = model.fit(before).predict(STEPS_A_DAY, LEVELS);
      const error = errorOf(forecast, history, origin, scale);
      if (error !== undefined) errors.push({ ...error, model: model.name, day });
    }
  }
  return errors;
}

function best(
  errors: readonly PastError[],
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
): Model | undefined {
  const trusted = models.filter(
    ({ name }) => errors.filter(({ model }) => model === name).length >= DAYS_TO_BE_TRUSTED,
  );
  const [reference] = baselines;
  const ranked = trusted
    .filter((model) => baselines.every((baseline) => relativeLoss(errors, model, baseline) <= 1))
    .map((model) => ({ model, loss: relativeLoss(errors, model, reference) }))
    .toSorted((a, b) => a.loss - b.loss);
  return ranked[0]?.model;
}

/** The quantile loss of a model / a baseline's, on the days when both were scored; 1 where neither erred. */
export function relativeLoss(
  errors: readonly PastError[],
  { name }: { readonly name: string },
  baseline: { readonly name: string },
): number {
  const byDay = new Map(
    errors.filter(({ model }) => model === baseline.name).map(({ day, pinball }) => [day, pinball]),
  );
  let own = 0;
  let other = 0;
  for (const { model, day, pinball } of errors) {
    const theirs = byDay.get(day);
    if (model !== name || theirs === undefined) continue;
    own += pinball;
    other += theirs;
  }
  if (other === 0) return own === 0 ? 1 : Number.POSITIVE_INFINITY;
  return own / other;
}

function firstThatFits(history: Series, baselines: readonly [Model, ...Model[]]): Model {
  const [reference] = baselines;
  return baselines.find(({ minimumSteps }) => minimumSteps <= history.values.length) ?? reference;
}
