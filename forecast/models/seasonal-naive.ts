import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { PointRule } from './conformal.ts';

/**
 * Seasonal naive: the value one season earlier, `yhat[n+h] = y[n + h - m (floor(h/m) + 1)]`, h from 0.
 * With m = a day it is the baseline that every other model must beat.
 *
 * @see Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., §5.2.
 */
const seasonalNaive = (name: string, m: number, minimumSteps: number): PointRule => ({
  name,
  minimumSteps,
  over: ({ values }: Series) => {
    return (origin, step) => valueAt(values, origin - m + (step % m));
  },
});

export const seasonalNaiveDay = seasonalNaive('seasonal-naive-day', STEPS_A_DAY, STEPS_A_DAY);

/** Asks for a day more than its week: one past origin at least, to know its own errors by. */
export const seasonalNaiveWeek = seasonalNaive(
  'seasonal-naive-week',
  7 * STEPS_A_DAY,
  8 * STEPS_A_DAY,
);
