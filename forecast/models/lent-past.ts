import { valueAt } from '../../domain/quantile.ts';
import { series, timeAt, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

/** How a young series resembles an older one where both were observed: `own = level + gain * donor`. */
export type Likeness = {
  readonly correlation: number;
  readonly level: number;
  readonly gain: number;
  /** Steps of the donor before the first of the own. */
  readonly before: number;
};

/** As far back as the network looks. */
const MOST_LENT = 14 * STEPS_A_DAY;
const LEAST_LENT = 3 * STEPS_A_DAY;
/** Fewer common steps do not tell likeness from chance. */
const FEWEST_COMMON = 8;
/** How many steps of its own the prior belief in the gain is worth. */
const PRIOR_STEPS = 4;
/** How far the gain may be from the prior one. */
const LARGEST_FACTOR = 4;

/**
 * Least squares on the common steps, with a ridge towards the gain that gives both the same spread; `undefined` where
 * the donor is too young, or one of them did not move.
 */
export function likenessTo(own: Series, donor: Series): Likeness | undefined {
  const before = Math.round((own.start - donor.start) / own.step);
  if (before < LEAST_LENT) return undefined;
  const { count, y, x, xx, yy, xy } = momentsOf(own, donor, before);
  const lent = donor.values.subarray(Math.max(0, before - MOST_LENT), before);
  const spread = meanDistance(lent);
  const prior = meanDistance(own.values) / spread;
  if (count < FEWEST_COMMON || xx <= 0 || yy <= 0 || !(spread > 0) || !(prior > 0))
    return undefined;
  const ridge = PRIOR_STEPS * spread * spread;
  const fitted = (xy + ridge * prior) / (xx + ridge);
  const gain = Math.min(LARGEST_FACTOR * prior, Math.max(prior / LARGEST_FACTOR, fitted));
  return { correlation: xy / Math.sqrt(xx * yy), level: y - gain * x, gain, before };
}

/** Means of both, and sums of the products of their distances from them, over the steps that both were observed at. */
function momentsOf(own: Series, donor: Series, before: number) {
  const common: number[] = [];
  const end = Math.min(own.values.length, donor.values.length - before);
  for (let index = 0; index < end; index += 1) {
    if (own.observed[index] === 1 && donor.observed[index + before] === 1) common.push(index);
  }
  const ownAt = (index: number): number => valueAt(own.values, index);
  const donorAt = (index: number): number => valueAt(donor.values, index + before);
  const sum = (of: (index: number) => number): number =>
    common.reduce((total, index) => total + of(index), 0);
  const [y, x] = [sum(ownAt) / common.length, sum(donorAt) / common.length];
  return {
    count: common.length,
    y,
    x,
    xx: sum((index) => (donorAt(index) - x) ** 2),
    yy: sum((index) => (ownAt(index) - y) ** 2),
    xy: sum((index) => (ownAt(index) - y) * (donorAt(index) - x)),
  };
}

function meanDistance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + Math.abs(value - mean), 0) / values.length;
}

/**
 * The own history with what the donor was before it, as the likeness has it. A load that was never negative does not
 * become so by what is lent.
 */
export function lengthened(own: Series, donor: Series, likeness: Likeness): Series {
  const { level, gain, before } = likeness;
  const from = Math.max(0, before - MOST_LENT);
  const lent = before - from;
  const floor = own.values.some((value) => value < 0) ? Number.NEGATIVE_INFINITY : 0;
  const values = new Float64Array(lent + own.values.length);
  const observed = new Uint8Array(values.length);
  for (let index = 0; index < lent; index += 1) {
    values[index] = Math.max(floor, level + gain * valueAt(donor.values, from + index));
  }
  observed.set(donor.observed.subarray(from, before));
  values.set(own.values, lent);
  observed.set(own.observed, lent);
  const made = series(timeAt(own, -lent), own.step, values, observed);
  return made.ok ? made.series : own;
}
