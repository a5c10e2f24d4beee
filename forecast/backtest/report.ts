import { LEVELS } from '../../domain/forecast.ts';
import { CHOSEN, type SeriesOutcome } from './backtest-series.ts';
import { reference } from './reference.ts';
import { scoresOf, type SeriesScore } from './series-score.ts';

/** Means over series; of ratios to the reference, the geometric mean. `undefined` where nothing could be scored. */
export type ModelReport = {
  readonly relSQL: number | undefined;
  readonly relMASE: number | undefined;
  /** Of all steps together: large series rule it. */
  readonly WQL: number | undefined;
  readonly cov80: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  /** Fitting and forecasting, per series and origin. */
  readonly cpuSeconds: number;
  /** Series in the means; those on which it failed are among them, with a ratio of 1. */
  readonly series: number;
  readonly failed: number;
  /** Per level, the share of truths at or below its quantile. */
  readonly below: readonly number[];
  /** relSQL of each hour ahead. */
  readonly byHour: readonly (number | undefined)[];
};

export type ChosenReport = ModelReport & {
  /** The largest ratio of a series' quantile loss to the reference's. */
  readonly worst: number | undefined;
  /** Share of series with at most 1.10 x the quantile loss of the best rule that a user would pick instead. */
  readonly within110: number | undefined;
  /** The other series. */
  readonly beyond110: readonly string[];
};

export type BacktestReport = {
  readonly models: ReadonlyMap<string, ModelReport>;
  readonly chosen: ChosenReport;
  readonly perSeries: readonly SeriesScore[];
  readonly copies: readonly string[];
  /** Left out of the means: series on which the reference is exact or has no scale, and single origins likewise. */
  readonly degenerate: { readonly series: readonly string[]; readonly origins: number };
  /** Held-back days that were scored. */
  readonly windows: number;
};

/** The rules that a user would pick instead. */
export const RULES = ['naive', 'seasonal-naive-day', 'seasonal-naive-week', 'same-time-median'];

const TOLERATED = 1.1;
const HOURS = 24;

/** @param shown names of the models that are told of. */
export function backtestReport(
  outcomes: readonly SeriesOutcome[],
  shown: readonly string[],
): BacktestReport {
  const perSeries = outcomes.map((outcome) => scoresOf(outcome, shown));
  const kept = perSeries.filter((one) => !one.degenerate && !one.isCopy);
  const names = [reference.name, ...shown];
  return {
    models: new Map(names.map((name) => [name, modelReport(name, kept)])),
    chosen: chosenReport(kept),
    perSeries,
    copies: perSeries.filter(({ isCopy }) => isCopy).map(({ series }) => series),
    degenerate: {
      series: perSeries.filter(({ degenerate }) => degenerate).map(({ series }) => series),
      origins: perSeries.reduce((sum, one) => sum + one.degenerateOrigins, 0),
    },
    windows: outcomes.reduce((sum, { windows }) => sum + windows.length, 0),
  };
}

function modelReport(name: string, series: readonly SeriesScore[]): ModelReport {
  const scores = series.flatMap(({ scores: byName }) => byName.get(name) ?? []);
  const magnitude = sumOf(scores.map((score) => score.magnitude));
  return {
    relSQL: geometricMean(scores.map(({ relSQL }) => relSQL)),
    relMASE: geometricMean(scores.map(({ relMASE }) => relMASE)),
    WQL: magnitude === 0 ? undefined : sumOf(scores.map(({ lossSum }) => lossSum)) / magnitude,
    cov80: mean(scores.map(({ cov80 }) => cov80)),
    p90: mean(scores.map(({ p90 }) => p90)),
    p99: mean(scores.map(({ p99 }) => p99)),
    cpuSeconds: mean(scores.map(({ cpuSeconds }) => cpuSeconds)) ?? 0,
    series: scores.length,
    failed: scores.filter(({ failed }) => failed).length,
    below: LEVELS.map((_, level) => mean(scores.map(({ below }) => below[level] ?? 0)) ?? 0),
    byHour: Array.from({ length: HOURS }, (_, hour) =>
      geometricMean(scores.flatMap(({ byHour }) => byHour[hour] ?? [])),
    ),
  };
}

function chosenReport(series: readonly SeriesScore[]): ChosenReport {
  const beyond = series.filter((one) => !isWithin(one)).map((one) => one.series);
  return {
    ...modelReport(CHOSEN, series),
    worst:
      series.length === 0
        ? undefined
        : Math.max(...series.map(({ scores }) => scores.get(CHOSEN)?.relSQL ?? 1)),
    within110: series.length === 0 ? undefined : 1 - beyond.length / series.length,
    beyond110: beyond,
  };
}

function isWithin({ scores }: SeriesScore): boolean {
  const rules = RULES.flatMap((name) => scores.get(name)?.sql ?? []);
  return (scores.get(CHOSEN)?.sql ?? 0) <= TOLERATED * Math.min(...rules);
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : sumOf(values) / values.length;

function geometricMean(values: readonly number[]): number | undefined {
  const logarithm = mean(values.map(Math.log));
  return logarithm === undefined ? undefined : Math.exp(logarithm);
}
