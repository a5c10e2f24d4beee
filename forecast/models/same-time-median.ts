import { medianOfFew, valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { PointRule } from './conformal.ts';

const DAYS = 7;

/**
 * The median of what was observed at the same time of the last seven days (of what was filled, where
 * nothing was observed): one odd day moves it little.
 */
export const sameTimeMedian: PointRule = {
  name: 'same-time-median',
  minimumSteps: 2 * STEPS_A_DAY,
  over: (history: Series) => {
    // The median depends on the target alone, and neighbouring origins share most targets.
    const known = new Float64Array(history.values.length + STEPS_A_DAY).fill(Number.NaN);
    return (origin, step) => {
      const target = origin + (step % STEPS_A_DAY);
      const before = valueAt(known, target);
      if (!Number.isNaN(before)) return before;
      return (known[target] = medianOfDaysBefore(history, target));
    };
  },
};

function medianOfDaysBefore({ values, observed }: Series, target: number): number {
  const found = new Float64Array(DAYS);
  let count = 0;
  for (let index = target - STEPS_A_DAY, day = 0; day < DAYS; day += 1, index -= STEPS_A_DAY) {
    if (observed[index] === 1) {
      found[count] = valueAt(values, index);
      count += 1;
    }
  }
  return count === 0
    ? valueAt(values, target - STEPS_A_DAY)
    : medianOfFew(found.subarray(0, count));
}
