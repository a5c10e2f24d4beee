import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import { historyBefore } from '../../domain/gaps.ts';
import { timeAt, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY, type EpochMs } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { seasonalScale } from '../models/score.ts';
import { columnSeries, isCopy, lastSteps } from './column-series.ts';
import { oncePerOrigin, type FrugalModel } from './once-per-origin.ts';
import { reference } from './reference.ts';
import type { Column } from './wide-csv.ts';
import { windowError, type WindowError } from './window-error.ts';

/** What training would serve: the forecast, and each model's share in it. A policy, so the hall hands it over. */
export type Choose = (
  history: Series,
  models: readonly Model[],
  horizon: number,
) => { readonly forecast: Forecast; readonly weights: Readonly<Record<string, number>> };

export type BacktestPlan = {
  /** Days at the end of each series that are held back, one after the other. */
  readonly origins: number;
  readonly models: readonly Model[];
  /** Names of the models that are chosen among. */
  readonly candidates: readonly string[];
  readonly choose: Choose;
  /** Other choices, told of beside the chosen forecast like models, by name. */
  readonly rivals?: ReadonlyMap<string, Choose>;
  /** The models, not the reference, see only so many days. */
  readonly coldDays?: number;
  /** CPU time of this process so far: costs are told, never acted upon. */
  readonly cpuSeconds: () => number;
};

/** What the chosen forecast is called among the models. */
export const CHOSEN = 'chosen';

/** How everybody did on one held-back day. */
export type Window = {
  /** What errors are measured in; `undefined` when the days before repeat exactly. */
  readonly scale: number | undefined;
  /** By name: of each model, the chosen forecast and the reference. */
  readonly errors: ReadonlyMap<string, WindowError>;
};

export type SeriesOutcome = {
  readonly name: string;
  readonly isCopy: boolean;
  /** Those whose truth was observed by half at least. */
  readonly windows: readonly Window[];
  /** Mean shares of the models in the chosen forecast. */
  readonly weights: ReadonlyMap<string, number>;
  /** Names of those that refused or broke, and were replaced by the reference on all days. */
  readonly failed: readonly string[];
  /** CPU seconds of fitting and forecasting, per origin. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
};

/** A chosen forecast, as it would have been issued. */
export type Vintage = {
  readonly series: string;
  readonly at: EpochMs;
  readonly forecast: Forecast;
};

export type SeriesBacktest =
  | { readonly ok: true; readonly outcome: SeriesOutcome; readonly vintages: readonly Vintage[] }
  | { readonly ok: false; readonly reason: string };

const HORIZON = STEPS_A_DAY;
/** A week of history before the first origin. */
const EARLIEST_ORIGIN = 7 * STEPS_A_DAY;

/**
 * Holds back the last days of a series one after the other, and has each forecast from what lay before it alone: by
 * every model, by the choice among them and by the reference.
 */
export function backtestSeries(column: Column, plan: BacktestPlan): SeriesBacktest {
  const made = columnSeries(column);
  if (!made.ok) return made;
  const { series } = made;
  const began = plan.cpuSeconds();
  const models = plan.models.map((model) => oncePerOrigin(model, plan.cpuSeconds));
  const days = originsOf(series, plan.origins).map((origin) =>
    forecastDay(series, origin, models, plan),
  );
  const whole =
    (plan.cpuSeconds() - began - sumOf(days.map(({ rivalSeconds }) => rivalSeconds))) / days.length;
  const failed = failedOn(days);
  return {
    ok: true,
    outcome: {
      name: column.name,
      isCopy: isCopy(series),
      windows: days.flatMap((day) => windowOf(series, day, failed)),
      weights: meanWeights(days),
      failed,
      cpuSeconds: new Map([...models.map(costOf), [CHOSEN, whole]]),
    },
    vintages: days.map(({ origin, forecasts, yardstick }) => ({
      series: column.name,
      at: timeAt(series, origin),
      forecast: forecasts.get(CHOSEN) ?? yardstick,
    })),
  };
}

/** Ascending. */
function originsOf({ values }: Series, count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => values.length - HORIZON * (count - index),
  ).filter((origin) => origin >= EARLIEST_ORIGIN);
}

type Day = {
  readonly origin: number;
  readonly scale: number | undefined;
  readonly yardstick: Forecast;
  /** `undefined` of whoever failed. */
  readonly forecasts: ReadonlyMap<string, Forecast | undefined>;
  readonly weights: Readonly<Record<string, number>>;
  /** CPU seconds of the other choices. */
  readonly rivalSeconds: number;
};

function forecastDay(
  series: Series,
  origin: number,
  models: readonly FrugalModel[],
  plan: BacktestPlan,
): Day {
  const history = historyBefore(series, origin);
  const seen =
    plan.coldDays === undefined
      ? history
      : lastSteps(history, Math.round(plan.coldDays * STEPS_A_DAY));
  const candidates = models.filter(({ name }) => plan.candidates.includes(name));
  const choice = seen && unlessItFails(() => plan.choose(seen, candidates, HORIZON));
  const forecasts = models.map(
    (model) =>
      [model.name, seen && unlessItFails(() => model.fit(seen).predict(HORIZON, LEVELS))] as const,
  );
  const before = plan.cpuSeconds();
  const rivals = [...(plan.rivals ?? [])].map(([name, choose]) => {
    const other = seen && unlessItFails(() => choose(seen, candidates, HORIZON));
    return [name, other?.forecast] as const;
  });
  return {
    origin,
    rivalSeconds: plan.cpuSeconds() - before,
    scale: seasonalScale(history),
    yardstick: reference.fit(history).predict(HORIZON, LEVELS),
    forecasts: new Map([...forecasts, ...rivals, [CHOSEN, choice?.forecast]]),
    weights: choice?.weights ?? {},
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** One model's trouble stops no other; it is counted. */
function unlessItFails<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function failedOn(days: readonly Day[]): string[] {
  const failed = days.flatMap(({ forecasts }) =>
    [...forecasts].flatMap(([name, forecast]) => (forecast === undefined ? [name] : [])),
  );
  return [...new Set(failed)];
}

/** None when too little of the day was observed. */
function windowOf(series: Series, day: Day, failed: readonly string[]): Window[] {
  const yardstick = windowError(day.yardstick, series, day.origin);
  if (yardstick === undefined) return [];
  const errors = new Map([[reference.name, yardstick]]);
  for (const [name, forecast] of day.forecasts) {
    const error =
      forecast === undefined || failed.includes(name)
        ? undefined
        : windowError(forecast, series, day.origin);
    errors.set(name, error ?? yardstick);
  }
  return [{ scale: day.scale, errors }];
}

function meanWeights(days: readonly Day[]): Map<string, number> {
  const mean = new Map<string, number>();
  for (const { weights } of days) {
    for (const [name, share] of Object.entries(weights)) {
      mean.set(name, (mean.get(name) ?? 0) + share / days.length);
    }
  }
  return mean;
}

function costOf(model: FrugalModel): [string, number] {
  const { cpuSeconds, fits } = model.spent();
  return [model.name, fits === 0 ? 0 : cpuSeconds / fits];
}
