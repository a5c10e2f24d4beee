import { quantile, valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { ruleErrors, type RuleErrors } from './rule-errors.ts';
import { sameTimesInto } from './same-times.ts';

/** A stretch of a series as the network may know it: `[from, origin)` of the values. */
export type Past = {
  readonly values: Float64Array;
  readonly observed: Uint8Array;
  readonly from: number;
  readonly origin: number;
  /** Steps from the Unix epoch to index 0. */
  readonly clock: number;
};

/** What is known at an origin before any step ahead is looked at; all but `location` and `scale` in z. */
export type OriginContext = {
  /** The last two weeks before the origin, `(value - location) / scale`, not a number where not observed. */
  readonly z: Float64Array;
  readonly location: number;
  readonly scale: number;
  /** Steps from the Unix epoch to the first step ahead. */
  readonly clock: number;
  /** Last observed value, and means of the last 4, 16 and 96 steps. */
  readonly recent: readonly [number, number, number, number];
  /** How far the last four steps lie from what is usual at their time. */
  readonly shift: number;
  /** 0.1 and 0.9 quantiles of the last week. */
  readonly low: number;
  readonly high: number;
  /** How wrong simple rules were during the last week. */
  readonly errors: RuleErrors;
  /** The inputs that are the same for every step ahead. */
  readonly inputs: Float64Array;
};

export const WEEK = 7 * STEPS_A_DAY;
const REACH = 2 * WEEK;
/** Fewer pairs of days than this say nothing about how much a day differs from the one before. */
const FEWEST_PAIRS = 24;
/** Steps of a window beyond the lag below which an autocorrelation is noise. */
const FEWEST_FOR_CORRELATION = 48;
const SMALLEST_OF_DEVIATION = 0.05;
const SMALLEST_OF_LEVEL = 1e-5;
const SMALLEST = 1e-9;
/** Keeps the logarithm of a spread finite. */
const LEAST_SPREAD = 0.02;

/** Number of inputs in {@link OriginContext.inputs}. */
export const ORIGIN_INPUTS = 20;

/** The inverse hyperbolic sine, in a quarter of the library's time: small values stay, large ones become logarithms. */
export function compressed(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * Math.log(size + Math.sqrt(size * size + 1));
}

export const logSpread = (value: number): number => Math.log(LEAST_SPREAD + value);

/**
 * The unit of everything that the network sees or says is the mean change from one day to the next over the last
 * week; below that much history, or where days nearly repeat, the mean distance from the median.
 */
export function contextAt(past: Past): OriginContext {
  const count = Math.min(past.origin - past.from, REACH);
  const z = pastValues(past, count);
  const week = z.subarray(Math.max(0, count - WEEK));
  const ascending = knownOf(week).toSorted();
  const location = quantile(ascending, 0.5);
  const deviation = meanOf(ascending, (value) => Math.abs(value - location));
  const daily = changeOver(week, STEPS_A_DAY);
  const scale = Math.max(
    daily.pairs >= FEWEST_PAIRS ? daily.mean : deviation,
    SMALLEST_OF_DEVIATION * deviation,
    SMALLEST_OF_LEVEL * Math.abs(location),
    SMALLEST,
  );
  for (let index = 0; index < count; index += 1) {
    z[index] = (valueAt(z, index) - location) / scale;
  }
  const last = z.findLast(isKnown) ?? 0;
  const m96 = meanOfLast(z, STEPS_A_DAY, 0);
  const recent = [last, meanOfLast(z, 4, last), meanOfLast(z, 16, last), m96] as const;
  const shift = shiftOf(z, recent[1]);
  const levels = [
    ...changesSince(z, last),
    shift,
    m96 - meanOfLast(z.subarray(0, Math.max(0, count - STEPS_A_DAY)), STEPS_A_DAY, m96),
  ].map(compressed);
  const clock = past.clock + past.origin;
  const errors = ruleErrors(z, clock, { last: WEEK, every: 7, kinds: true }, deviation / scale);
  const today = ruleErrors(
    z,
    clock,
    { last: STEPS_A_DAY, every: 2, kinds: false },
    errors.yesterday,
  );
  const inputs = Float64Array.from([
    ...levels,
    ...correlationsOf(week),
    shareKnown(z, STEPS_A_DAY),
    shareKnown(z, WEEK),
    ...roughnessOf(z, deviation / scale),
    ...[today.yesterday, today.lastWeek, today.usual].map(logSpread),
    ...[errors.lastWeek, errors.usual, errors.sameKind].map(logSpread),
    count / REACH,
    daily.pairs >= FEWEST_PAIRS ? 1 : 0,
  ]);
  return {
    z,
    location,
    scale,
    clock,
    recent,
    shift,
    low: (quantile(ascending, 0.1) - location) / scale,
    high: (quantile(ascending, 0.9) - location) / scale,
    errors,
    inputs,
  };
}

const isKnown = (value: number): boolean => !Number.isNaN(value);

/** Where nothing at all was observed in the last week, what was filled must do. */
function pastValues({ values, observed, origin }: Past, count: number): Float64Array {
  const first = origin - count;
  const z = values.slice(first, origin);
  const blind = !observed.subarray(Math.max(first, origin - WEEK), origin).includes(1);
  if (blind) return z;
  for (let index = 0; index < count; index += 1) {
    if (observed[first + index] !== 1) z[index] = Number.NaN;
  }
  return z;
}

/** Only what is known, as a copy. */
function knownOf(values: Float64Array): Float64Array {
  const known = new Float64Array(values.length);
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = valueAt(values, index);
    if (Number.isNaN(value)) continue;
    known[count] = value;
    count += 1;
  }
  return known.subarray(0, count);
}

function meanOf(values: Float64Array, of: (value: number) => number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += of(valueAt(values, index));
  return values.length === 0 ? 0 : sum / values.length;
}

function meanOfLast(z: Float64Array, steps: number, otherwise: number): number {
  let sum = 0;
  let known = 0;
  for (let index = Math.max(0, z.length - steps); index < z.length; index += 1) {
    const value = valueAt(z, index);
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
  }
  return known === 0 ? otherwise : sum / known;
}

/** The mean absolute change over `lag` steps, and how many pairs it was seen on. */
function changeOver(
  z: Float64Array,
  lag: number,
  from = lag,
): { readonly mean: number; readonly pairs: number } {
  let sum = 0;
  let pairs = 0;
  for (let index = Math.max(lag, from); index < z.length; index += 1) {
    const change = Math.abs(valueAt(z, index) - valueAt(z, index - lag));
    if (Number.isNaN(change)) continue;
    sum += change;
    pairs += 1;
  }
  return { mean: pairs === 0 ? 0 : sum / pairs, pairs };
}

/** The last value against those of the same time a day and a week before. */
function changesSince(z: Float64Array, last: number): [number, number] {
  const dayBefore = z[z.length - 1 - STEPS_A_DAY] ?? Number.NaN;
  const weekBefore = z[z.length - 1 - WEEK] ?? Number.NaN;
  const day = Number.isNaN(dayBefore) ? 0 : last - dayBefore;
  return [day, Number.isNaN(weekBefore) ? day : last - weekBefore];
}

function shiftOf(z: Float64Array, m4: number): number {
  let sum = 0;
  let known = 0;
  const scratch = new Float64Array(7);
  for (let index = Math.max(0, z.length - 4); index < z.length; index += 1) {
    const days = sameTimesInto(z, index, scratch);
    for (let day = 0; day < days; day += 1) sum += valueAt(scratch, day);
    known += days;
  }
  return known === 0 ? 0 : m4 - sum / known;
}

/** At 1, 4 and 96 steps. */
function correlationsOf(week: Float64Array): number[] {
  const mean = meanOf(knownOf(week), (value) => value);
  const centred = new Float64Array(week.length);
  for (let index = 0; index < week.length; index += 1) {
    const value = valueAt(week, index);
    centred[index] = Number.isNaN(value) ? 0 : value - mean;
  }
  const variance = 1e-6 + meanOf(centred, (value) => value * value) * centred.length;
  return [1, 4, STEPS_A_DAY].map((lag) => {
    if (week.length < lag + FEWEST_FOR_CORRELATION) return 0;
    let sum = 0;
    for (let index = lag; index < centred.length; index += 1) {
      sum += valueAt(centred, index) * valueAt(centred, index - lag);
    }
    return sum / variance;
  });
}

function shareKnown(z: Float64Array, steps: number): number {
  let known = 0;
  for (let index = Math.max(0, z.length - steps); index < z.length; index += 1) {
    if (isKnown(valueAt(z, index))) known += 1;
  }
  return known / steps;
}

/** How far the series lies from its middle, and how rough it is from step to step, today and just now. */
function roughnessOf(z: Float64Array, deviation: number): number[] {
  const lately = (steps: number): number => changeOver(z, 1, Math.max(0, z.length - steps)).mean;
  return [deviation, lately(STEPS_A_DAY), lately(8)].map(logSpread);
}
