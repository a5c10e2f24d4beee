import { medianOfFew, valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import {
  compressed,
  logSpread,
  ORIGIN_INPUTS,
  WEEK,
  type OriginContext,
} from './network-context.ts';
import { NEIGHBOURS, neighbourhoods, type Neighbourhood } from './network-neighbourhood.ts';
import { isWeekend, sameKindMedian } from './same-times.ts';

/** Days before the target whose values at the same time are inputs. */
const LAG_DAYS = [1, 2, 3, 4, 5, 6, 7, 14] as const;
const DAYS_FOR_STATISTICS = 7;
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

/** Where among the inputs of a step it stands whether each lag is known. */
export const MASKS_AT = LAG_DAYS.length;
/** Where the inputs stand that are the same for all series, and how many they are. */
export const CLOCK_AT = 2 * LAG_DAYS.length + 9;
export const CLOCK_INPUTS = 5;

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

/** What the time of day ahead says by itself; powers are slow. */
const perStepOfADay = (of: (step: number) => number): Float64Array =>
  Float64Array.from({ length: STEPS_A_DAY }, (_, step) => of(step));
const DISTANCE = perStepOfADay((step) => Math.log1p(step) / Math.log1p(STEPS_A_DAY));
const [SOON, AT_ONCE] = [8, 2].map((steps) => perStepOfADay((step) => Math.exp(-step / steps)));

/**
 * The inputs of every step ahead, in one reused array each. A step further ahead than a day has the daily lags of
 * its time in the last known days, and the weekly ones of its own weekday.
 */
export function stepReader(context: OriginContext): StepReader {
  const { z, recent, shift, low, high } = context;
  const inputs = new Float64Array(STEP_INPUTS);
  const offers = new Float64Array(OFFERS);
  const lags = new Float64Array(LAG_DAYS.length);
  const sorting = new Float64Array(LAG_DAYS.length * 2);
  const statistics = { mean: 0, median: 0, deviation: 0 };
  const around = neighbourhoods(z);
  // A second day has those of the first.
  const days: (Neighbourhood | undefined)[] = [];
  const [last, m4, m16, m96] = recent;

  const read = (step: number): void => {
    const ofDay = step % STEPS_A_DAY;
    fillLags(lags, z, step);
    summarise(lags, sorting, m96, statistics);
    const { mean, median, deviation } = statistics;
    const near = (days[ofDay] ??= around(z.length + ofDay)) ?? {
      low: Math.min(low, median),
      middle: median,
      high: Math.max(high, median),
    };
    const weekend = isWeekend(context.clock + step);
    const moment = { index: z.length + ofDay, clock: context.clock + ofDay, weekend };
    const kind = known(sameKindMedian(z, moment, sorting), median);
    putLags(inputs, lags, median);
    inputs[16] = relative(smoothed(z, lagIndex(z.length, step, 1)), median);
    inputs[17] = relative(smoothed(z, lagIndex(z.length, step, 7)), median);
    inputs[18] = relative(mean, median);
    inputs[19] = compressed(median);
    inputs[20] = compressed(deviation);
    inputs[21] = relative(last, median);
    inputs[22] = relative(m4, median);
    inputs[23] = relative(m16, median);
    inputs[24] = relative(m96, median);
    putClock(inputs, step);
    inputs[30] = logSpread(near.middle - near.low);
    inputs[31] = logSpread(near.high - near.middle);
    inputs[32] = relative(near.middle, median);
    inputs[33] = relative(low, median);
    inputs[34] = relative(high, median);
    inputs[35] = relative(kind, median);
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
    putWidths(offers, near);
  };
  return { inputs, offers, read };
}

const known = (value: number | undefined, otherwise: number): number =>
  value === undefined || Number.isNaN(value) ? otherwise : value;

const relative = (value: number, median: number): number =>
  Number.isNaN(value) ? 0 : compressed(value - median);

function putLags(inputs: Float64Array, lags: Float64Array, median: number): void {
  for (let slot = 0; slot < lags.length; slot += 1) {
    const value = valueAt(lags, slot);
    inputs[slot] = relative(value, median);
    inputs[MASKS_AT + slot] = Number.isNaN(value) ? 0 : 1;
  }
}

function putClock(inputs: Float64Array, step: number): void {
  const day = Math.floor(step / STEPS_A_DAY);
  const ofDay = step % STEPS_A_DAY;
  inputs[CLOCK_AT] = ofDay / STEPS_A_DAY;
  inputs[CLOCK_AT + 1] = valueAt(DISTANCE, ofDay);
  inputs[CLOCK_AT + 2] = day === 0 ? (SOON?.[ofDay] ?? 0) : 0;
  inputs[CLOCK_AT + 3] = day === 0 ? (AT_ONCE?.[ofDay] ?? 0) : 0;
  inputs[CLOCK_AT + 4] = day / 7;
}

function putWidths(offers: Float64Array, { low, middle, high }: Neighbourhood): void {
  offers[CANDIDATES.length] = LEAST_WIDTH + middle - low;
  offers[CANDIDATES.length + 1] = LEAST_WIDTH + high - middle;
}

function fillLags(lags: Float64Array, z: Float64Array, step: number): void {
  for (let slot = 0; slot < LAG_DAYS.length; slot += 1) {
    const index = lagIndex(z.length, step, LAG_DAYS[slot] ?? 1);
    lags[slot] = index < 0 ? Number.NaN : (z[index] ?? Number.NaN);
  }
}

/** Where in the past the value `days` before a step ahead lies, or its like of the last days that are known. */
function lagIndex(origin: number, step: number, days: number): number {
  const season = days % 7 === 0 ? WEEK : STEPS_A_DAY;
  return origin + (step % season) - days * STEPS_A_DAY;
}

function smoothed(z: Float64Array, middle: number): number {
  const end = Math.min(z.length, middle + NEIGHBOURS + 1);
  let sum = 0;
  let count = 0;
  for (let index = Math.max(0, middle - NEIGHBOURS); index < end; index += 1) {
    const value = valueAt(z, index);
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}

type Statistics = { mean: number; median: number; deviation: number };

/** Of the lags of the last seven days; `otherwise` where none is known. */
function summarise(
  lags: Float64Array,
  sorting: Float64Array,
  otherwise: number,
  into: Statistics,
): void {
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
  const mean = count === 0 ? otherwise : sum / count;
  into.mean = mean;
  into.median = count === 0 ? otherwise : medianOfFew(sorting, count);
  into.deviation = count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - mean * mean));
}
