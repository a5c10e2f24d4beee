import type { ComponentKey, Resource } from './component.ts';
import type { DurationMs, EpochMs } from './units.ts';

/** Levels in (0, 1), ascending, e.g. `[0.5, 0.9]`. */
export type QuantileLevels = readonly [number, ...number[]];

/** The levels that every forecast is issued at. */
export const LEVELS: QuantileLevels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** The future of one series: for every step ahead, one value per quantile level. */
export type Forecast = {
  /** Start of the first predicted step: the instant right after the history ends. */
  readonly start: EpochMs;
  readonly step: DurationMs;
  readonly levels: QuantileLevels;
  /** Shape `[levels][horizon]`; same unit as the series that was fitted; never crossing. */
  readonly values: readonly Float64Array[];
};

/** A forecast as it was issued: never edited afterwards. */
export type Issued = {
  readonly forecast: Forecast;
  readonly issuedAt: EpochMs;
  readonly model: string;
  /** Id of the run that made it. */
  readonly run: string;
};

export type IssuedFor = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly issued: Issued;
};
