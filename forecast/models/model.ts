import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';

/** Not fitted: it can only be fitted. Pure and synchronous; the history is all that it may know. */
export interface Model {
  readonly name: string;
  /** Steps of history below which `fit` refuses; more may be needed before it is any good. */
  readonly minimumSteps: number;
  /** Learnt from other series: it knows something before it has been scored on this one. */
  readonly isPretrained?: boolean;
  /** @throws {SelfScalingError} `HISTORY_TOO_SHORT` below `minimumSteps`. */
  fit(history: Series): FittedModel;
}

/** Fitted: it can only predict. There is no state in which predicting is an error. */
export interface FittedModel {
  /** The forecast of the `horizon` steps after the history: finite, its quantiles never crossing. */
  predict(horizon: number, levels: QuantileLevels): Forecast;
}
