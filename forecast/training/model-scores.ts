import type { Score } from '../../domain/score.ts';
import type { Model } from '../models/model.ts';
import { relativeLoss, type PastError } from './choose.ts';
import type { ForecastPlan, SeriesJob } from './job.ts';
import type { Catalogue } from './members.ts';

/** How far a skill may be from 0: a day that a baseline hit exactly must not make it infinite. */
const LARGEST_RATIO = 100;

/** Of every model that could be scored: means over the scored steps of all days. */
export const scoresOf = (
  errors: readonly PastError[],
  { models, baselines }: Catalogue,
  job: SeriesJob,
  plan: ForecastPlan,
): Score[] => models.flatMap(({ name }) => scoreOf(name, errors, baselines[0], job, plan));

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
