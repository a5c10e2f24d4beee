import { LEVELS } from '../../domain/forecast.ts';
import { historyBefore } from '../../domain/gaps.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { errorOf, seasonalScale } from '../models/score.ts';
import type { SeriesMemory } from './choice-memory.ts';
import { chooseAndForecast } from './choose.ts';
import { hasDrifted, withLoss } from './drift.ts';
import type { ForecastPlan, SeriesAnswer, SeriesForecast, SeriesJob } from './job.ts';
import { atNewLevel, knownChange, NEW_LEVEL } from './new-level.ts';
import { chosenNow, forecastBy } from './single-forecast.ts';
import { partsToRenew, rememberedModel, type Catalogue } from './members.ts';
import { scoresOf } from './model-scores.ts';
import { CONSTANT, isConstant, NAIVE_SUFFICES, sufficientRule } from './spared.ts';

/** A day that a rule hit exactly must not make the loss infinite. */
const LARGEST_LOSS = 10;

/**
 * The forecast of one series: by what was chosen before, or by what is chosen now, with the scores of all that was
 * tried. A model's fault is an answer, not an exception.
 */
export function forecastSeries(
  job: SeriesJob,
  plan: ForecastPlan,
  catalogue: Catalogue,
): SeriesAnswer {
  try {
    const settled = constant(job, plan, catalogue) ?? atNewLevel(job, plan, catalogue);
    if (settled !== undefined) return settled;
    return job.task === 'renew' ? renewed(job, plan, catalogue) : chosen(job, plan, catalogue);
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What never changes needs no model. */
function constant(
  { history, memory, task }: SeriesJob,
  plan: ForecastPlan,
  { baselines }: Catalogue,
): SeriesForecast | undefined {
  if (!isConstant(history)) return undefined;
  const rule = baselines.at(-1) ?? baselines[0];
  const answer = { ...forecastBy(rule, history, plan, 'skipped'), reason: CONSTANT };
  if (task === 'renew' && memory?.spared === CONSTANT) return answer;
  const parts = [[rule.name, 1]] as const;
  return { ...answer, memory: { ...chosenNow(history, plan, memory), parts, spared: CONSTANT } };
}

function renewed(
  { history, memory }: SeriesJob,
  plan: ForecastPlan,
  catalogue: Catalogue,
): SeriesAnswer {
  const model = memory && rememberedModel(memory, catalogue);
  if (memory === undefined || model === undefined) return { kind: 'outdated' };
  const { at, spared, changedAt } = memory;
  // Whoever was constant is not any more; whoever came to a new level is at home there.
  const isPast = spared === CONSTANT || (changedAt !== undefined && at < changedAt + NEW_LEVEL);
  if (isPast || model.minimumSteps > history.values.length) return { kind: 'outdated' };
  const answer = forecastBy(model, history, plan, spared === undefined ? 'reused' : 'skipped');
  return spared === undefined ? answer : { ...answer, reason: spared };
}

function chosen(job: SeriesJob, plan: ForecastPlan, catalogue: Catalogue): SeriesForecast {
  const { history, memory } = job;
  const { models, baselines } = catalogue;
  const choice = chooseAndForecast(history, models, baselines, plan.horizon);
  const scores = scoresOf(choice.errors, catalogue, job, plan);
  const changedAt = knownChange(memory, plan);
  const now = {
    ...chosenNow(history, plan, memory),
    ...judged(lossesOf(job, catalogue), plan, memory),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
  const rule = sufficientRule(choice, models, baselines[0]);
  if (rule !== undefined) {
    const parts = [[rule.name, 1]] as const;
    const answer = { ...forecastBy(rule, history, plan, 'skipped'), reason: NAIVE_SUFFICES };
    return { ...answer, scores, memory: { ...now, parts, spared: NAIVE_SUFFICES } };
  }
  const parts = partsToRenew(choice.parts);
  const { model, forecast } = choice;
  const memoryNow = { ...now, parts };
  return {
    kind: 'forecast',
    how: 'trained',
    model: model.name,
    forecast,
    scores,
    memory: memoryNow,
  };
}

/** An alarm begins the account anew: one rise is told once. */
function judged(
  losses: readonly number[],
  { now }: ForecastPlan,
  memory: SeriesMemory | undefined,
): Pick<SeriesMemory, 'losses' | 'driftedAt'> {
  if (hasDrifted(losses)) return { losses: [], driftedAt: now };
  return { losses, ...(memory?.driftedAt === undefined ? {} : { driftedAt: memory.driftedAt }) };
}

/** The losses of the last days, with yesterday's of what was chosen before. */
function lossesOf({ history, memory }: SeriesJob, catalogue: Catalogue): readonly number[] {
  const losses = memory?.losses ?? [];
  const model = memory && rememberedModel(memory, catalogue);
  const loss = model && yesterdaysLoss(history, model, catalogue.baselines[0]);
  return loss === undefined ? losses : withLoss(losses, loss);
}

/** Of a model relative to the baseline's; `undefined` where one of them could not be scored. */
function yesterdaysLoss(history: Series, model: Model, baseline: Model): number | undefined {
  const origin = history.values.length - STEPS_A_DAY;
  if (origin < Math.max(model.minimumSteps, baseline.minimumSteps)) return undefined;
  const before = historyBefore(history, origin);
  const scale = seasonalScale(before);
  if (scale === undefined) return undefined;
  const lossOf = (one: Model): number | undefined =>
    errorOf(one.fit(before).predict(STEPS_A_DAY, LEVELS), history, origin, scale)?.pinball;
  const [own, other] = [lossOf(model), lossOf(baseline)];
  if (own === undefined || other === undefined) return undefined;
  return Math.min(LARGEST_LOSS, own / Math.max(other, own / LARGEST_LOSS));
}
