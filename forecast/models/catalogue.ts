import { conformal } from './conformal.ts';
import { holtWinters } from './holt-winters.ts';
import type { Model } from './model.ts';
import { naive } from './naive.ts';
import { network } from './network.ts';
import { parseWeights } from './network-weights.ts';
import { ridge } from './ridge.ts';
import { sameTimeMedian } from './same-time-median.ts';
import { seasonalNaiveDay, seasonalNaiveWeek } from './seasonal-naive.ts';
import { SHIPPED_WEIGHTS } from './shipped-weights.ts';

/** The rules that a model must not lose to on a component's own recent past; the first is the fallback. */
export const BASELINES: readonly [Model, Model] = [conformal(seasonalNaiveDay), conformal(naive)];

/** Every model that training offers a series. A new model is one line here. */
export const MODELS: readonly Model[] = [
  ...BASELINES,
  conformal(seasonalNaiveWeek),
  conformal(sameTimeMedian),
  conformal(holtWinters),
  conformal(ridge),
  network(parseWeights(SHIPPED_WEIGHTS)),
];
