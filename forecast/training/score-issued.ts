import type { ComponentKey, Resource } from '../../domain/component.ts';
import { historyBefore, prepareHistory } from '../../domain/gaps.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import { valueAt } from '../../domain/quantile.ts';
import type { Score } from '../../domain/score.ts';
import type { Series } from '../../domain/series.ts';
import {
  bucketStart,
  days,
  durationMs,
  epochMs,
  STEP,
  STEPS_A_DAY,
  type EpochMs,
} from '../../domain/units.ts';
import type { Vintage } from '../../domain/vintage.ts';
import { normalQuantile } from '../models/normal-quantile.ts';
import { isScored, pinball, seasonalScale } from '../models/score.ts';

/** How far back the scale of errors and the rival's spread are taken from. */
export const SCALE_DAYS = 28;

export type DayOfTruth = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  /** First instant of the UTC day. */
  readonly day: EpochMs;
  readonly truth: Series;
  /** Place of the day's first step in the truth. */
  readonly first: number;
  /** Mean difference from one day to the next before the day: what errors are measured in. */
  readonly scale: number;
};

/**
 * What one day's forecasts can be held against; `undefined` when less than half of the day (as far as it has come) was
 * observed, or when the days before repeat exactly or are too few to say what an error is worth.
 *
 * @param until the end of the day, or the end of the last closed step of a day that is not over.
 */
export function truthOf(
  column: HistoryColumn,
  resource: Resource,
  day: EpochMs,
  until: EpochMs,
): DayOfTruth | undefined {
  const to = bucketStart(epochMs(Math.min(until, day + days(1))), STEP);
  const window = { from: epochMs(day - days(SCALE_DAYS)), to };
  const prepared = prepareHistory(column, window, durationMs(0));
  if (!prepared.ok || to <= day) return undefined;
  const truth = prepared.series;
  const first = (day - truth.start) / STEP;
  if (first < STEPS_A_DAY) return undefined;
  const seen = truth.observed.subarray(first).reduce((sum, one) => sum + one, 0);
  if (seen * 2 < truth.observed.length - first) return undefined;
  const scale = seasonalScale(historyBefore(truth, first));
  return scale === undefined ? undefined : { key: column.key, resource, day, truth, first, scale };
}

/** Seasonal naive this exact cannot be told from, and makes a ratio of any error. */
const SMALLEST_RIVAL = 1e-3;
/** How far a skill may be from 0, as for trials. */
const LARGEST_RATIO = 100;

/**
 * How forecasts did, as they were issued, on one day: a score per lead and model. Pure: the same truth gives the same
 * scores. The rival is seasonal naive with Gaussian intervals, told only what was known at the issue.
 *
 * @param vintages of this series; those of other days are left out.
 */
export function scoreIssued(of: DayOfTruth, vintages: readonly Vintage[]): Score[] {
  const groups = Map.groupBy(vintages, ({ lead, model }) => `${lead} ${model}`);
  return [...groups.values()].flatMap((some) => {
    const [one] = some;
    const rival = one && rivalOf(of, one.lead);
    const errors = rival === undefined ? [] : some.flatMap((each) => errorOf(of, each, rival));
    return one === undefined ? [] : scoreOf(of, one, errors);
  });
}

type StepError = {
  readonly error: number;
  readonly loss: number;
  readonly rivalLoss: number;
  readonly isCovered: boolean;
  readonly isBelowQ90: boolean;
};

type Rival = { readonly lag: number; readonly sigma: number };

/** The same time of the last day that was wholly known when the step was forecast. */
function rivalOf({ truth, first }: DayOfTruth, lead: number): Rival | undefined {
  const lag = STEPS_A_DAY * Math.ceil((lead + 1) / STEPS_A_DAY);
  let squares = 0;
  let pairs = 0;
  for (let index = lag; index < first; index += 1) {
    if (truth.observed[index] === 0 || truth.observed[index - lag] === 0) continue;
    squares += (valueAt(truth.values, index) - valueAt(truth.values, index - lag)) ** 2;
    pairs += 1;
  }
  return pairs === 0 ? undefined : { lag, sigma: Math.sqrt(squares / pairs) };
}

function errorOf(
  { truth, first, scale }: DayOfTruth,
  { at, levels, values }: Vintage,
  { lag, sigma }: Rival,
): StepError[] {
  const index = (at - truth.start) / STEP;
  const [low, median, high] = [0.1, 0.5, 0.9].map((level) => values[levels.indexOf(level)]);
  if (index < first || truth.observed[index] !== 1) return [];
  if (low === undefined || median === undefined || high === undefined) return [];
  const value = valueAt(truth.values, index);
  const naive = valueAt(truth.values, index - lag);
  let [loss, rivalLoss, scored] = [0, 0, 0];
  levels.forEach((level, place) => {
    if (!isScored(level)) return;
    loss += pinball(level, value - (values[place] ?? Number.NaN));
    rivalLoss += pinball(level, value - naive - sigma * normalQuantile(level));
    scored += 1;
  });
  const unit = 2 / scored / scale;
  return [
    {
      error: value - median,
      loss: loss * unit,
      rivalLoss: rivalLoss * unit,
      isCovered: low <= value && value <= high,
      isBelowQ90: value <= high,
    },
  ];
}

function scoreOf(
  { key, resource, day, scale }: DayOfTruth,
  { lead, model }: Vintage,
  errors: readonly StepError[],
): Score[] {
  const n = errors.length;
  const mean = (read: (error: StepError) => number): number =>
    errors.reduce((sum, error) => sum + read(error), 0) / n;
  const rival = n === 0 ? 0 : mean(({ rivalLoss }) => rivalLoss);
  if (rival <= SMALLEST_RIVAL) return [];
  const mae = mean(({ error }) => Math.abs(error));
  const loss = mean((error) => error.loss);
  return [
    {
      key,
      resource,
      model,
      lead,
      at: day,
      mae,
      mase: mae / scale,
      pinball: loss,
      coverage: mean(({ isCovered }) => Number(isCovered)),
      skill: 1 - Math.min(LARGEST_RATIO, loss / rival),
      n,
      bias: mean(({ error }) => error) / scale,
      belowQ90: mean(({ isBelowQ90 }) => Number(isBelowQ90)),
    },
  ];
}
