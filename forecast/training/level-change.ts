import { medianOfFew, quantile, valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

const WEEK = 7;
const SIGMAS = 4;
/** Four of seven changes may be of a weekend: the lower quartile of their sizes is of working days. */
const QUARTILE = 0.25;
/** Sigma / lower quartile of the absolute values, of a normal distribution. */
const QUARTILE_TO_SIGMA = 3.138;
/** Two hours: what is shorter is a spike. */
const STEPS_TO_BE_SURE = 8;
/** The level of the oldest day that is compared ends a week before the newest, which itself begins a day before it ends. */
const FEWEST_STEPS = (WEEK + 2) * STEPS_A_DAY;
/** How far back a new level is looked for. */
const LOOK_BACK = 3 * STEPS_A_DAY;

/**
 * The first step of a new level, or `undefined`. The mean of the last day must have been, for two hours, off the median
 * of that mean at the same time of the seven days before, and off that of the same day a week ago, by more than four
 * robust deviations of the changes from day to day, and more than a step usually changes from day to day. Saturdays
 * and single spikes are none; below nine days it is not known what a Saturday is.
 *
 * Equivariant to scale and offset.
 */
export function levelChange({ values, observed }: Series): number | undefined {
  const end = values.length;
  if (end < FEWEST_STEPS) return undefined;
  const sums = cumulated(values);
  const levelAt = (until: number): number =>
    (valueAt(sums, until) - valueAt(sums, until - STEPS_A_DAY)) / STEPS_A_DAY;
  const usual = usualChange(values);
  let sign = 0;
  for (let until = end; until > end - STEPS_TO_BE_SURE; until -= 1) {
    const off = offBy(levelAt, until, usual);
    if (off === 0 || off * sign < 0) return undefined;
    sign = off;
  }
  const start = startOf(values, sign);
  // Filled steps are no proof, and leave nothing to forecast from.
  const seen = observed.subarray(start).reduce((sum, one) => sum + one, 0);
  return seen * 2 >= end - start ? start : undefined;
}

/** The sums of the first values: `[n + 1]`. */
function cumulated(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let index = 0; index < values.length; index += 1) {
    sums[index + 1] = valueAt(sums, index) + valueAt(values, index);
  }
  return sums;
}

/** 1 or -1 when the level is off, upwards or downwards; else 0. */
function offBy(levelAt: (until: number) => number, until: number, usual: number): number {
  const level = levelAt(until);
  const days = Array.from({ length: WEEK }, (_, day) => levelAt(until - (day + 1) * STEPS_A_DAY));
  const changes = days.slice(1).map((before, day) => (days[day] ?? before) - before);
  const bound = Math.max(usual, SIGMAS * deviation(changes));
  const off = level - medianOfFew(Float64Array.from(days));
  const offWeek = level - (days[WEEK - 1] ?? level);
  if (Math.abs(off) <= bound || Math.abs(offWeek) <= bound) return 0;
  return Math.sign(off) === Math.sign(offWeek) ? Math.sign(off) : 0;
}

function deviation(changes: readonly number[]): number {
  const middle = medianOfFew(Float64Array.from(changes));
  const sizes = Float64Array.from(changes, (one) => Math.abs(one - middle));
  return QUARTILE_TO_SIGMA * quantile(sizes.toSorted(), QUARTILE);
}

/** The mean difference from one day to the next, over the week before the last day. */
function usualChange(values: Float64Array): number {
  const to = values.length - STEPS_A_DAY;
  const from = to - (WEEK - 1) * STEPS_A_DAY;
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    sum += Math.abs(valueAt(values, index) - valueAt(values, index - STEPS_A_DAY));
  }
  return sum / (to - from);
}

/** Where what lies above the usual, less half of how far it lies above now, adds up to most. */
function startOf(values: Float64Array, sign: number): number {
  const end = values.length;
  const above = (index: number): number =>
    sign * (valueAt(values, index) - sameTime(values, index));
  let recent = 0;
  for (let index = end - STEPS_TO_BE_SURE; index < end; index += 1) {
    recent += above(index) / STEPS_TO_BE_SURE;
  }
  let sum = 0;
  let most = Number.NEGATIVE_INFINITY;
  let start = end - STEPS_TO_BE_SURE;
  for (let index = end - 1; index >= end - LOOK_BACK; index -= 1) {
    sum += above(index) - recent / 2;
    if (sum <= most) continue;
    most = sum;
    start = index;
  }
  return Math.min(start, end - STEPS_TO_BE_SURE);
}

/** The median of this time of the days before the last three. */
function sameTime(values: Float64Array, index: number): number {
  const latest =
    index - Math.ceil((index - (values.length - LOOK_BACK) + 1) / STEPS_A_DAY) * STEPS_A_DAY;
  const days = Float64Array.from(
    { length: WEEK - 1 },
    (_, day) => values[latest - day * STEPS_A_DAY] ?? Number.NaN,
  ).filter((value) => !Number.isNaN(value));
  return medianOfFew(days);
}
