import { medianOfFew, quantile, valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import {
  compressed,
  isKnown,
  logSpread,
  ORIGIN_INPUTS,
  WEEK,
  type OriginContext,
} from './network-context.ts';
import { isWeekend, sameKindMedian } from './same-times.ts';

/** Days before the target whose values at the same time are inputs. */
const LAG_DAYS = [1, 2, 3, 4, 5, 6, 7, 14] as const;
const DAYS_FOR_STATISTICS = 7;
/** Steps on either side of a lag that count as the same time of day. */
const NEIGHBOURS = 2;

const STEP_INPUTS = 2 * LAG_DAYS.length + 20;
/** Inputs of the origin first, then those of the step. */
export const INPUTS = ORIGIN_INPUTS + STEP_INPUTS;
/** What the gate chooses between. */
export const CANDIDATES = [
  'yesterday',
  'last week',
  'usual',
  'mean',
  'now',
  'last day',
  'shifted',
  'around',
  'such days',
] as const;
/** The candidates, then the units of the gaps below and above the median. */
export const OFFERS = CANDIDATES.length + 2;
/** Changes whenever an input or a candidate does: weights are of use with their own features only. */
export const FEATURES = 'phase-shared-1';

/** A width that is never nothing: the network scales it. */
const LEAST_WIDTH = 0.2;

/** Everything that is read about one step ahead; the arrays are overwritten by the next step. */
export type StepReader = {
  /** Shape `[STEP_INPUTS]`. */
  readonly inputs: Float64Array;
  /** Shape `[OFFERS]`, in z. */
  readonly offers: Float64Array;
  /** @param step ahead of the origin, from 0. */
  read(step: number): void;
};

type Neighbourhood = { readonly low: number; readonly middle: number; readonly high: number };

/**
 * The inputs of every step ahead, in one reused array each. A step further ahead than a day has the daily lags of
 * its time in the last known days, and the weekly ones of its own weekday.
 */
export function stepReader(context: OriginContext): StepReader {
  const { z, recent, shift, low, high } = context;
  const inputs = new Float64Array(STEP_INPUTS);
  const offers = new Float64Array(OFFERS);
  const lags = new Float64Array(LAG_DAYS.length);
  const sorting = new Float64Array(DAYS_FOR_STATISTICS * (2 * NEIGHBOURS + 1));
  const [last, , , m96] = recent;

  const read = (step: number): void => {
    const day = Math.floor(step / STEPS_A_DAY);
    const ofDay = step % STEPS_A_DAY;
    fillLags(lags, z, step);
    const { mean, median, deviation } = statisticsOf(lags, sorting, m96);
    const near = neighbourhoodOf(z, z.length + ofDay, sorting) ?? {
      low: Math.min(low, median),
      middle: median,
      high: Math.max(high, median),
    };
    const clock = context.clock + step;
    const weekend = isWeekend(clock);
    const moment = { index: z.length + ofDay, clock: context.clock + ofDay, weekend };
    const kind = known(sameKindMedian(z, moment, sorting), median);
    const relative = (value: number): number =>
      Number.isNaN(value) ? 0 : compressed(value - median);
    let at = 0;
    const put = (value: number): void => {
      inputs[at] = value;
      at += 1;
    };
    for (const value of lags) put(relative(value));
    for (const value of lags) put(Number.isNaN(value) ? 0 : 1);
    put(relative(smoothed(z, lagIndex(z.length, step, 1))));
    put(relative(smoothed(z, lagIndex(z.length, step, 7))));
    put(relative(mean));
    put(compressed(median));
    put(compressed(deviation));
    for (const value of recent) put(relative(value));
    put(ofDay / STEPS_A_DAY);
    put(Math.log1p(ofDay) / Math.log1p(STEPS_A_DAY));
    put(day === 0 ? Math.exp(-ofDay / 8) : 0);
    put(day === 0 ? Math.exp(-ofDay / 2) : 0);
    put(day / 7);
    put(logSpread(near.middle - near.low));
    put(logSpread(near.high - near.middle));
    put(relative(near.middle));
    put(relative(low));
    put(relative(high));
    put(relative(kind));
    const yesterday = known(lags[0], last);
    offers[0] = yesterday;
    offers[1] = known(lags[6], yesterday);
    offers[2] = median;
    offers[3] = mean;
    offers[4] = last;
    offers[5] = m96;
    offers[6] = median + shift;
    offers[7] = near.middle;
    offers[8] = kind;
    offers[9] = LEAST_WIDTH + near.middle - near.low;
    offers[10] = LEAST_WIDTH + near.high - near.middle;
  };
  return { inputs, offers, read };
}

const known = (value: number | undefined, otherwise: number): number =>
  value === undefined || Number.isNaN(value) ? otherwise : value;

function fillLags(lags: Float64Array, z: Float64Array, step: number): void {
  for (const [slot, days] of LAG_DAYS.entries()) {
    lags[slot] = z[lagIndex(z.length, step, days)] ?? Number.NaN;
  }
}

/** Where in the past the value `days` before a step ahead lies, or its like of the last days that are known. */
function lagIndex(origin: number, step: number, days: number): number {
  const season = days % 7 === 0 ? WEEK : STEPS_A_DAY;
  return origin + (step % season) - days * STEPS_A_DAY;
}

function smoothed(z: Float64Array, middle: number): number {
  let sum = 0;
  let count = 0;
  for (let index = middle - NEIGHBOURS; index <= middle + NEIGHBOURS; index += 1) {
    const value = z[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}

function statisticsOf(lags: Float64Array, sorting: Float64Array, otherwise: number) {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let slot = 0; slot < DAYS_FOR_STATISTICS; slot += 1) {
    const value = valueAt(lags, slot);
    if (Number.isNaN(value)) continue;
    sorting[count] = value;
    count += 1;
    sum += value;
    squares += value * value;
  }
  if (count === 0) return { mean: otherwise, median: otherwise, deviation: 0 };
  const mean = sum / count;
  const few = sorting.subarray(0, count);
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return { mean, median: medianOfFew(few), deviation };
}

/** The spread of what was seen about this time of day in the last seven days; `undefined` when nothing was. */
function neighbourhoodOf(
  z: Float64Array,
  target: number,
  sorting: Float64Array,
): Neighbourhood | undefined {
  let count = 0;
  for (let day = 1; day <= DAYS_FOR_STATISTICS; day += 1) {
    const middle = target - day * STEPS_A_DAY;
    for (let index = middle - NEIGHBOURS; index <= middle + NEIGHBOURS; index += 1) {
      const value = z[index] ?? Number.NaN;
      if (!isKnown(value)) continue;
      sorting[count] = value;
      count += 1;
    }
  }
  if (count === 0) return undefined;
  const ascending = sorting.subarray(0, count);
  const middle = medianOfFew(ascending);
  return {
    low: quantile(ascending, 0.1),
    middle,
    high: quantile(ascending, 0.9),
  };
}
