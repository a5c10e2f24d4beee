import { medianOfFew, quantile, valueAt } from '../../domain/quantile.ts';
import { series, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { PointRule } from './conformal.ts';
import { sameTimesOf } from './same-times.ts';

const SIGMAS = 12;
/** Of a normal distribution: its deviation / the median of its absolute values. */
const MAD_TO_SIGMA = 1.4826;
/** A spike that lasts longer is load. */
const LONGEST_SPIKE = 2;
/** Where more is odd than this, it is not odd. */
const LARGEST_SHARE = 0.005;
/** Odd, so that all times of day are met. */
const STEPS_BETWEEN_SIZES = 5;
const FEWEST_SIZES = 24;
const DAYS_BEFORE = 7;

/**
 * Rules that are fitted to a copy of the history without its outliers. What they are scored by, and their errors at past
 * origins, stay those of the history itself. They share the copy.
 */
export function withoutOutliers(...rules: readonly PointRule[]): readonly PointRule[] {
  const copies = new WeakMap<Series, { readonly known: number; readonly copy: Series }>();
  const copyOf = (history: Series, known: number): Series => {
    const made = copies.get(history);
    if (made?.known === known) return made.copy;
    const copy = clipped(history, known);
    copies.set(history, { known, copy });
    return copy;
  };
  return rules.map((rule) => ({
    ...rule,
    over: (history, oldest) => rule.over(copyOf(history, oldest), oldest),
  }));
}

/**
 * Spikes of one or two steps, further than 12 robust deviations from the median of their time on the seven days before,
 * cut back to there; nothing where that would touch more than one step in two hundred. A spike that the history ends in
 * may be the beginning of load: it stays.
 *
 * @param known the deviation is that of so many first steps.
 */
export function clipped(history: Series, known: number): Series {
  const { values, observed } = history;
  const usual = usualOf(history);
  const bound = SIGMAS * deviation(values.subarray(0, known), usual);
  if (!(bound > 0)) return history;
  const spikes = spikesIn(history, usual, bound);
  if (spikes.length === 0 || spikes.length > LARGEST_SHARE * values.length) return history;
  const copy = values.slice();
  for (const index of spikes) {
    copy[index] = usual(index) + Math.sign(valueAt(values, index) - usual(index)) * bound;
  }
  const made = series(history.start, history.step, copy, observed);
  return made.ok ? made.series : history;
}

/** Not a number where none of the days before was observed. */
function usualOf({ values, observed }: Series): (index: number) => number {
  const known = values.map((value, index) => (observed[index] === 1 ? value : Number.NaN));
  const scratch = new Float64Array(DAYS_BEFORE);
  return (index) => {
    const before = sameTimesOf(known, index, scratch);
    return before.length === 0 ? Number.NaN : medianOfFew(before);
  };
}

/** Not a number when too few steps tell it. */
function deviation(values: Float64Array, usual: (index: number) => number): number {
  const sizes = values
    .map((value, index) =>
      index % STEPS_BETWEEN_SIZES === 0 ? Math.abs(value - usual(index)) : Number.NaN,
    )
    .filter((size) => !Number.isNaN(size));
  if (sizes.length < FEWEST_SIZES) return Number.NaN;
  return MAD_TO_SIGMA * quantile(sizes.toSorted(), 0.5);
}

/** Steps of runs that are short and over. */
function spikesIn(
  { values }: Series,
  usual: (index: number) => number,
  bound: number,
): readonly number[] {
  // What is far from the usual is not near a yesterday that was usual; medians are dear.
  const isOff = (index: number): boolean =>
    Math.abs(valueAt(values, index) - valueAt(values, index - STEPS_A_DAY)) > bound / 2 &&
    Math.abs(valueAt(values, index) - usual(index)) > bound;
  const spikes: number[] = [];
  for (let index = STEPS_A_DAY; index < values.length; index += 1) {
    let end = index;
    while (end < values.length && isOff(end)) end += 1;
    if (end < values.length && end - index <= LONGEST_SPIKE) {
      for (let step = index; step < end; step += 1) spikes.push(step);
    }
    index = end;
  }
  return spikes;
}
