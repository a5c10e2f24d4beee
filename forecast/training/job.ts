import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { Forecast } from '../../domain/forecast.ts';
import type { Score } from '../../domain/score.ts';
import type { Series } from '../../domain/series.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { SeriesMemory } from './choice-memory.ts';

/** One series to forecast: all that whoever forecasts needs to know. */
export type SeriesJob = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly history: Series;
  /** `choose` tries every model on the last days; `renew` asks those again that were chosen. */
  readonly task: 'choose' | 'renew';
  /** What was chosen before. */
  readonly memory?: SeriesMemory;
  /** Older series of the cluster, for one that is young. */
  readonly donors?: readonly Series[];
};

/** What holds for every series of a run. */
export type ForecastPlan = {
  /** Steps ahead. */
  readonly horizon: number;
  /** The moment of the run. */
  readonly now: EpochMs;
  /** The day of scoring: a later run of the day writes over it, or a year of runs would fill the disk. */
  readonly at: EpochMs;
  /** Weights of the network that was tuned to this cluster, as they stand in a file; absent = those shipped. */
  readonly weights?: string;
};

export type SeriesForecast = {
  readonly kind: 'forecast';
  /** Chosen anew, asked again, or left to a rule. */
  readonly how: 'trained' | 'reused' | 'skipped';
  /** Why it was left to a rule. */
  readonly reason?: string;
  /** The model that was chosen. */
  readonly model: string;
  readonly forecast: Forecast;
  /** Of every model that could be scored. */
  readonly scores: readonly Score[];
  /** What is to be remembered; absent = nothing new. */
  readonly memory?: SeriesMemory;
};

/** What came of one series. */
export type SeriesAnswer =
  | SeriesForecast
  /** What was chosen does not hold any more: choose. */
  | { readonly kind: 'outdated' }
  | { readonly kind: 'failed'; readonly reason: string };
