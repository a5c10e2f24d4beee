import { historyBefore } from '../../domain/gaps.ts';
import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { combination, combined, softWeights, type Part } from '../models/combine.ts';
import type { Model } from '../models/model.ts';
import { errorOf, seasonalScale, type ForecastError } from '../models/score.ts';

/** How one model did at one past origin, in days before the end of the history. */
export type PastError = ForecastError & { readonly model: string; readonly day: number };

/** The same with what was said there and what it is measured against. */
type Trial = {
  readonly model: Model;
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
/** How sharply weights fall with the loss; the second is tried where the first let good models be spoilt by bad ones. */
const POWERS = [4, 8] as const;
/** A mixture that lost by more to one of its members than chance may explain is given up for it. */
const LARGEST_RATIO_TO_A_MEMBER = 1.05;

/**
 * Asks every model what it would have said on each of the last days and combines them, weighted by their scaled
 * quantile loss relative to the first baseline's on the same days. The combination must not have lost to a baseline
 * on those days, nor clearly to any model; else the best single one is chosen. Below four scored days it is the first
 * baseline that the history suffices for, from one day of history on together with what was learnt elsewhere, in
 * equal shares, unless that lost to the baseline on the days there are.
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
      trials.push({ model, forecast, error: { ...error, model: model.name, day }, scored });
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
  const ranked = models
    .filter(({ name }) => errors.filter(({ model }) => model === name).length >= DAYS_TO_BE_TRUSTED)
    .map((model) => ({ model, loss: relativeLoss(errors, model, baselines[0]) }))
    .toSorted((a, b) => a.loss - b.loss);
  for (const power of POWERS) {
    const parts = partsOf(ranked, models, power);
    if (parts === undefined) break;
    const together = [...errors, ...errorsTogether(trials, parts)];
    const lostTo = (model: Model, most: number): boolean =>
      relativeLoss(together, TOGETHER, model) > most;
    if (baselines.some((baseline) => lostTo(baseline, 1))) continue;
    if (ranked.some(({ model }) => lostTo(model, LARGEST_RATIO_TO_A_MEMBER))) continue;
    return parts;
  }
  const single = ranked.find(({ model }) =>
    baselines.every((baseline) => relativeLoss(errors, model, baseline) <= 1),
  );
  return single && alone(single.model);
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
  const learnt = models.filter(({ isPretrained = false }) => isPretrained);
  const days = history.values.length / STEPS_A_DAY;
  const isYoung = days >= 1 && days <= DAYS_TO_BE_TRUSTED + 1 && scored < DAYS_TO_BE_TRUSTED;
  // Days that repeat exactly are forecast exactly.
  const repeats = days >= 2 && seasonalScale(history) === undefined;
  if (learnt.length === 0 || !isYoung || repeats) return alone(baseline);
  const weight = 1 / (learnt.length + 1);
  const parts: Parts = [{ model: baseline, weight }, ...learnt.map((model) => ({ model, weight }))];
  const together = [...trials.map(({ error }) => error), ...errorsTogether(trials, parts)];
  return relativeLoss(together, TOGETHER, baseline) > 1 ? alone(baseline) : parts;
}

const alone = (model: Model): Parts => [{ model, weight: 1 }];

const TOGETHER = { name: 'all together' };

/** The members worth their weight, in the order of `models`, so that a combination keeps its name from day to day. */
function partsOf(
  ranked: readonly { readonly model: Model; readonly loss: number }[],
  models: readonly Model[],
  power: number,
): Parts | undefined {
  const weights = softWeights(
    ranked.map(({ loss }) => loss),
    power,
  );
  const parts = ranked.map(({ model }, index) => ({ model, weight: weights[index] ?? 0 }));
  const [first, ...others] = models.flatMap((model) =>
    parts.filter((part) => part.model === model && part.weight > 0),
  );
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
    const error = ofDay[0]?.scored(combined([first, ...others]));
    return error === undefined ? [] : [{ ...error, model: TOGETHER.name, day }];
  });
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
