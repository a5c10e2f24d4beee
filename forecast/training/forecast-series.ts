import type { Score } from '../../domain/score.ts';
import type { Model } from '../models/model.ts';
import { chooseAndForecast, relativeLoss, type PastError } from './choose.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';

/** How far a skill may be from 0: a day that a baseline hit exactly must not make it infinite. */
const LARGEST_RATIO = 100;

/** The best model's forecast of one series and the scores of all; a model's fault is an answer, not an exception. */
export function forecastSeries(
  job: SeriesJob,
  plan: ForecastPlan,
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
): SeriesAnswer {
  try {
    const { model, forecast, errors } = chooseAndForecast(
      job.history,
      models,
      baselines,
      plan.horizon,
    );
    const scores = models.flatMap(({ name }) => scoreOf(name, errors, baselines[0], job, plan));
    return { kind: 'forecast', model: model.name, forecast, scores };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Means over the scored steps of all days; nothing for a model that could not be scored. */
function scoreOf(
  model: string,
  errors: readonly PastError[],
  baseline: Model,
  { key, resource }: SeriesJob,
  { at }: ForecastPlan,
): Score[] {
  const own = errors.filter((error) => error.model === model);
  const n = own.reduce((sum, error) => sum + error.n, 0);
  if (n === 0) return [];
  const mean = (of: (error: PastError) => number): number =>
    own.reduce((sum, error) => sum + (of(error) * error.n) / n, 0);
  const ratio = relativeLoss(errors, { name: model }, baseline);
  return [
    {
      key,
      resource,
      model,
      lead: 0,
      at,
      mae: mean(({ mae }) => mae),
      mase: mean(({ mase }) => mase),
      pinball: mean(({ pinball }) => pinball),
      coverage: mean(({ coverage }) => coverage),
      skill: 1 - Math.min(LARGEST_RATIO, ratio),
      n,
    },
  ];
}
