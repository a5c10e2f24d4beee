import { medianOfFew, valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { PointRule } from './conformal.ts';

const WEEK = 7;
const FEW_DAYS = 3;

type Statistic = (values: Float64Array) => number;

/** One number from what was observed at the same time of the last days (from what was filled, where nothing was observed). */
const sameTime = (name: string, days: number, statistic: Statistic): PointRule => ({
  name,
  minimumSteps: 2 * STEPS_A_DAY,
  over: (history: Series) => {
    // It depends on the target alone, and neighbouring origins share most targets.
    const known = new Float64Array(history.values.length + STEPS_A_DAY).fill(Number.NaN);
    return (origin, step) => {
      const target = origin + (step % STEPS_A_DAY);
      const before = valueAt(known, target);
      if (!Number.isNaN(before)) return before;
      const found = daysBefore(history, target, days);
      return (known[target] =
        found.length === 0 ? valueAt(history.values, target - STEPS_A_DAY) : statistic(found));
    };
  },
});

function daysBefore({ values, observed }: Series, target: number, days: number): Float64Array {
  const found = new Float64Array(days);
  let count = 0;
  for (let index = target - STEPS_A_DAY, day = 0; day < days; day += 1, index -= STEPS_A_DAY) {
    if (observed[index] === 1) {
      found[count] = valueAt(values, index);
      count += 1;
    }
  }
  return found.subarray(0, count);
}

const mean: Statistic = (values) => {
  const [first = 0] = values;
  // Around a value of theirs, so that equal ones stay exact.
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
};
const largest: Statistic = (values) => Math.max(...values);

/** One odd day moves it little. */
export const sameTimeMedian = sameTime('same-time-median', WEEK, medianOfFew);

/** What a user would try beside the median; the largest is for advice on capacity, not a forecast. */
export const OTHER_SAME_TIMES: readonly PointRule[] = [
  sameTime('same-time-median-3', FEW_DAYS, medianOfFew),
  sameTime('same-time-mean', WEEK, mean),
  sameTime('same-time-mean-3', FEW_DAYS, mean),
  sameTime('same-time-max', WEEK, largest),
  sameTime('same-time-max-3', FEW_DAYS, largest),
];
