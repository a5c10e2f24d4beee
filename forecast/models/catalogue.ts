import { calibratedByDay } from './calibrated-by-day.ts';
import { conformal } from './conformal.ts';
import { dsp } from './dsp.ts';
import { holtWinters } from './holt-winters.ts';
import type { Model } from './model.ts';
import { etsModel, mstlModel, type Augurs } from './mstl.ts';
import { naive } from './naive.ts';
import { network } from './network.ts';
import { parseWeights, type NetworkWeights } from './network-weights.ts';
import { withoutOutliers } from './outliers.ts';
import { ridge } from './ridge.ts';
import { OTHER_SAME_TIMES, sameTimeMedian } from './same-time-median.ts';
import { seasonalNaiveDay, seasonalNaiveWeek } from './seasonal-naive.ts';
import { SHIPPED_WEIGHTS } from './shipped-weights.ts';

/** The rules that a model must not lose to on a component's own recent past; the first is the fallback. */
export const BASELINES: readonly [Model, Model] = [conformal(seasonalNaiveDay), conformal(naive)];

/** Every model that training offers a series, the network with these weights. A new model is one line here. */
export const modelsWith = (weights: NetworkWeights): readonly Model[] => [
  ...BASELINES,
  conformal(seasonalNaiveWeek),
  conformal(sameTimeMedian),
  ...withoutOutliers(holtWinters, ridge).map(conformal),
  network(weights),
];

/** The same with the weights that are shipped. */
export const MODELS: readonly Model[] = modelsWith(parseWeights(SHIPPED_WEIGHTS));

/** What a backtest compares with, beside the models: none makes the mixture better by what it costs. */
export const comparedModels = (augurs: Augurs): readonly Model[] => [
  ...OTHER_SAME_TIMES.map(conformal),
  calibratedByDay(dsp),
  mstlModel(augurs),
  etsModel(augurs),
];
