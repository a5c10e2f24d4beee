import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import type { PointRule } from './conformal.ts';

/** The last observed value, for every step ahead. */
export const naive: PointRule = {
  name: 'naive',
  minimumSteps: 1,
  over: ({ values, observed }: Series) => {
    return (origin) => valueAt(values, observed.lastIndexOf(1, origin - 1));
  },
};
