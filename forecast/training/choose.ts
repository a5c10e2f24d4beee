import { historyBefore } from '../../domain/gaps.ts';
import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { combination, combinedAfter, softWeights, type Part } from '../models/combine.ts';
import type { Model } from '../models/model.ts';
import { errorOf, seasonalScale, type ForecastError } from '../models/score.ts';

/** How one model did at one past origin, in days before the end of the history. */
export type PastError = ForecastError & { readonly model: string; readonly day: number };

/** The same with what was said there and what it is measured against. */
type Trial = {
  readonly model: Model;
  readonly before: Series;
  readonly forecast: Forecast;
  readonly error: PastError;
  readonly scored: (forecast: Forecast) => ForecastError | undefined;
};

type Parts = readonly [Part, ...Part[]];

export type Choice = {
  /** One of the models, or several as one. */
  readonly model: Model;
  /** What it is made of; weights sum to 1. */
  readonly parts: Parts;
  readonly forecast: Forecast;
  /** Of every model that could be scored, at the origins where it could. */
  readonly errors: readonly PastError[];
};

const DAYS_SCORED = 7;
/** A model that was scored on fewer days is not known well enough to be chosen over the baseline. */
const DAYS_TO_BE_TRUSTED = 4;
/** How sharply weights fall with the loss. */
const POWER = 12;
/** A week of one series says little beside what was learnt from many: that much better must a rule be. */
const PRIOR_OF_THE_LEARNT = 4;
/** The weight of a scored day, in days until it is half. */
const HALF_LIFE = 3;
/** Of a single model that was better than all together, and of what was learnt elsewhere while nothing can be chosen. */
const [SHARE_OF_A_BETTER_ONE, SHARE_OF_THE_LEARNT] = [0.5, 0.85];
/** One to three days are few to judge by. */
const CLEARLY = 1.2;

/**
 * Asks every model what it would have said on each of the last days and combines them, weighted by their scaled
 * quantile loss relative to the first baseline's on the same days, the latest days most, and more of what was learnt
 * from other series. A single model that was better than the combination on those days gets half: then nothing that
 * a user would pick instead is far better. Below four scored days it is what was learnt elsewhere with a little of the
 * first baseline that the history suffices for; in equal shares when together they lost clearly to it on the days there
 * are.
 *
 * @param baselines in order of preference, among the models; the last must be content with any history.
 * @param horizon   steps ahead.
 */
export function chooseAndForecast(
  history: Series,
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
  horizon: number,
): Choice {
  const trials = pastTrials(history, models);
  const parts = best(trials, models, baselines) ?? young(history, trials, models, baselines);
  const model = combination(parts);
  const errors = trials.map(({ error }) => error);
  return { model, parts, forecast: model.fit(history).predict(horizon, LEVELS), errors };
}

/** Only what lay before an origin is shown to the model that is asked there. */
function pastTrials(history: Series, models: readonly Model[]): Trial[] {
  const trials: Trial[] = [];
  for (let day = 1; day <= DAYS_SCORED; day += 1) {
    const origin = history.values.length - day * STEPS_A_DAY;
    if (origin < STEPS_A_DAY) break;
    const before = historyBefore(history, origin);
    const scale = seasonalScale(before);
    if (scale === undefined) continue;
    const scored = (forecast: Forecast) => errorOf(forecast, history, origin, scale);
    for (const model of models) {
      if (model.minimumSteps > origin) continue;
      const forecast = model.fit(before).predict(STEPS_A_DAY, LEVELS);
      const error = scored(forecast);
      if (error === undefined) continue;
      trials.push({ model, before, forecast, error: { ...error, model: model.name, day }, scored });
    }
  }
  return trials;
}

function best(
  trials: readonly Trial[],
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
): Parts | undefined {
  const errors = trials.map(({ error }) => error);
  const trusted = models.filter(
    ({ name }) => errors.filter(({ model }) => model === name).length >= DAYS_TO_BE_TRUSTED,
  );
  if (trusted.length === 0) return undefined;
  const weights = softWeights(
    trusted.map((model) => relativeLoss(errors, model, baselines[0], HALF_LIFE)),
    POWER,
    trusted.map(({ isPretrained = false }) => (isPretrained ? PRIOR_OF_THE_LEARNT : 1)),
  );
  const parts = partsOf(models, (model) => weights[trusted.indexOf(model)] ?? 0);
  if (parts === undefined) return undefined;
  const together = [...errors, ...errorsTogether(trials, parts)];
  const lossOf = (model: Model): number => relativeLoss(together, model, TOGETHER);
  const [better] = trusted
    .filter((model) => lossOf(model) < 1)
    .toSorted((a, b) => lossOf(a) - lossOf(b));
  return better === undefined ? parts : withMoreOf(better, parts, models);
}

function withMoreOf(better: Model, parts: Parts, models: readonly Model[]): Parts {
  const weightOf = (model: Model): number =>
    (1 - SHARE_OF_A_BETTER_ONE) * (parts.find((part) => part.model === model)?.weight ?? 0) +
    (model === better ? SHARE_OF_A_BETTER_ONE : 0);
  return partsOf(models, weightOf) ?? parts;
}

/** What is said while too little was scored to choose by. */
function young(
  history: Series,
  trials: readonly Trial[],
  models: readonly Model[],
  baselines: readonly [Model, ...Model[]],
): Parts {
  const baseline = firstThatFits(history, baselines);
  const scored = trials.filter(({ model }) => model.name === baseline.name).length;
  const learnt = models.filter(
    ({ isPretrained = false, minimumSteps }) =>
      isPretrained && minimumSteps <= history.values.length,
  );
  const days = history.values.length / STEPS_A_DAY;
  const isYoung = days <= DAYS_TO_BE_TRUSTED + 1 && scored < DAYS_TO_BE_TRUSTED;
  // Days that repeat exactly are forecast exactly.
  const repeats = days >= 2 && seasonalScale(history) === undefined;
  if (learnt.length === 0 || !isYoung || repeats) return alone(baseline);
  const shared = (share: number): Parts => [
    { model: baseline, weight: 1 - share },
    ...learnt.map((model) => ({ model, weight: share / learnt.length })),
  ];
  const parts = shared(SHARE_OF_THE_LEARNT);
  const together = [...trials.map(({ error }) => error), ...errorsTogether(trials, parts)];
  const hasLost = relativeLoss(together, TOGETHER, baseline) > CLEARLY;
  return hasLost ? shared(1 / 2) : parts;
}

const alone = (model: Model): Parts => [{ model, weight: 1 }];

const TOGETHER = { name: 'all together' };

/** Those with a weight, in the order of `models`, so that a combination keeps its name from day to day. */
function partsOf(models: readonly Model[], weightOf: (model: Model) => number): Parts | undefined {
  const [first, ...others] = models
    .map((model) => ({ model, weight: weightOf(model) }))
    .filter(({ weight }) => weight > 0);
  return first === undefined ? undefined : [first, ...others];
}

/** How the parts did together on the days when all of them were scored. */
function errorsTogether(trials: readonly Trial[], parts: Parts): PastError[] {
  const days = Map.groupBy(trials, ({ error }) => error.day);
  return [...days].flatMap(([day, ofDay]) => {
    const said = parts.flatMap(({ model, weight }) =>
      ofDay.filter((trial) => trial.model === model).map(({ forecast }) => ({ forecast, weight })),
    );
    const [first, ...others] = said;
    if (first === undefined || said.length < parts.length) return [];
    const [trial] = ofDay;
    const error = trial?.scored(
      others.length === 0 ? first.forecast : combinedAfter(trial.before, [first, ...others]),
    );
    return error === undefined ? [] : [{ ...error, model: TOGETHER.name, day }];
  });
}

/**
 * The quantile loss of a model / a baseline's, on the days when both were scored; 1 where neither erred.
 *
 * @param halfLife days after which a day counts half; absent = all count alike.
 */
export function relativeLoss(
  errors: readonly PastError[],
  { name }: { readonly name: string },
  baseline: { readonly name: string },
  halfLife = Number.POSITIVE_INFINITY,
): number {
  const byDay = new Map(
    errors.filter(({ model }) => model === baseline.name).map(({ day, pinball }) => [day, pinball]),
  );
  let own = 0;
  let other = 0;
  for (const { model, day, pinball } of errors) {
    const theirs = byDay.get(day);
    if (model !== name || theirs === undefined) continue;
    const counts = 0.5 ** (day / halfLife);
    own += counts * pinball;
    other += counts * theirs;
  }
  if (other === 0) return own === 0 ? 1 : Number.POSITIVE_INFINITY;
  return own / other;
}

function firstThatFits(history: Series, baselines: readonly [Model, ...Model[]]): Model {
  const [reference] = baselines;
  return baselines.find(({ minimumSteps }) => minimumSteps <= history.values.length) ?? reference;
}
