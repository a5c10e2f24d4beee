import { historyTooShort } from '../../domain/errors.ts';
import { valueAt } from '../../domain/quantile.ts';
import { timeAt, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { normalQuantile } from '../models/normal-quantile.ts';
import { withStraightLines } from './column-series.ts';

const MINIMUM_STEPS = 2 * STEPS_A_DAY;
const RESIDUAL_STEPS = 28 * STEPS_A_DAY;

/**
 * What every error is divided by: the value of a day earlier, with Gaussian intervals whose sigma is the root mean
 * square of its differences from day to day over the last 28 days; straight lines over gaps.
 *
 * It is a yardstick and is kept as it is: never calibrated, never cut off at zero, never chosen.
 */
export const reference: Model = {
  name: 'seasonal-naive-gauss',
  minimumSteps: MINIMUM_STEPS,
  fit(history: Series) {
    const values = withStraightLines(history);
    const origin = values.length;
    if (origin < MINIMUM_STEPS) throw historyTooShort(origin, MINIMUM_STEPS);
    const sigma = deviation(values);
    return {
      predict(horizon, levels) {
        const median = new Float64Array(horizon);
        for (let step = 0; step < horizon; step += 1) {
          median[step] = valueAt(values, origin - STEPS_A_DAY + (step % STEPS_A_DAY));
        }
        const row = (level: number): Float64Array => {
          const shift = sigma * normalQuantile(level);
          return median.map((value) => value + shift);
        };
        return {
          start: timeAt(history, origin),
          step: history.step,
          levels,
          values: levels.map(row),
        };
      },
    };
  },
};

function deviation(values: Float64Array): number {
  const first = Math.max(STEPS_A_DAY, values.length - RESIDUAL_STEPS);
  let sum = 0;
  for (let index = first; index < values.length; index += 1) {
    sum += (valueAt(values, index) - valueAt(values, index - STEPS_A_DAY)) ** 2;
  }
  return Math.sqrt(sum / (values.length - first));
}
