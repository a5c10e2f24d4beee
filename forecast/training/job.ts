import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { Forecast } from '../../domain/forecast.ts';
import type { Score } from '../../domain/score.ts';
import type { Series } from '../../domain/series.ts';
import type { EpochMs } from '../../domain/units.ts';

/** One series to forecast: all that whoever forecasts needs to know. */
export type SeriesJob = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly history: Series;
};

/** What holds for every series of a run. */
export type ForecastPlan = {
  /** Steps ahead. */
  readonly horizon: number;
  /** The day of scoring: a later run of the day writes over it, or a year of runs would fill the disk. */
  readonly at: EpochMs;
};

/** What came of one series. */
export type SeriesAnswer =
  | {
      readonly kind: 'forecast';
      /** The model that was chosen. */
      readonly model: string;
      readonly forecast: Forecast;
      /** Of every model that could be scored. */
      readonly scores: readonly Score[];
    }
  | { readonly kind: 'failed'; readonly reason: string };
