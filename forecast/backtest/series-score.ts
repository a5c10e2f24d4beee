import { LEVELS } from '../../domain/forecast.ts';
import { CHOSEN, type SeriesOutcome, type Window } from './backtest-series.ts';
import { reference } from './reference.ts';

/** One model on one series: means over its origins. */
export type Score = {
  /** Of the reference's, within 0.01 and 100. */
  readonly relSQL: number;
  readonly relMASE: number;
  /** The scaled quantile loss itself. */
  readonly sql: number;
  readonly cov80: number;
  readonly p90: number;
  readonly p99: number;
  readonly below: readonly number[];
  /** relSQL of each hour ahead; `undefined` where the reference was exact or nothing was observed. */
  readonly byHour: readonly (number | undefined)[];
  /** In the series' unit, as the two that follow: mean absolute error, quantile loss; the sums for all steps. */
  readonly mae: number;
  readonly loss: number;
  readonly lossSum: number;
  readonly magnitude: number;
  readonly cpuSeconds: number;
  readonly failed: boolean;
};

export type SeriesScore = {
  readonly series: string;
  /** Scored ones. */
  readonly origins: number;
  readonly isCopy: boolean;
  /** The reference is exact, or errors have no scale on any day: there is nothing to divide by. */
  readonly degenerate: boolean;
  readonly degenerateOrigins: number;
  /** Mean over the scored origins. */
  readonly scale: number | undefined;
  readonly scores: ReadonlyMap<string, Score>;
  /** Mean absolute error and quantile loss of the chosen forecast, in the series' unit, also when degenerate. */
  readonly absolute: { readonly mae: number; readonly loss: number } | undefined;
  readonly weights: ReadonlyMap<string, number>;
  /** The shown model with the least quantile loss. */
  readonly best: string | undefined;
};

const SMALLEST_ERROR = 1e-3;
const [SMALLEST_RATIO, LARGEST_RATIO] = [0.01, 100];
const HOURS = 24;
const P90 = LEVELS.indexOf(0.9);
const P99 = LEVELS.indexOf(0.99);

type ScaledWindow = Window & { readonly scale: number };

export function scoresOf(outcome: SeriesOutcome, shown: readonly string[]): SeriesScore {
  const { windows, name, weights, isCopy } = outcome;
  const scaled = windows.filter((window): window is ScaledWindow => window.scale !== undefined);
  const yardstick = errorsOf(reference.name, scaled);
  const degenerate =
    yardstick === undefined || yardstick.mase <= SMALLEST_ERROR || yardstick.sql <= SMALLEST_ERROR;
  const scores = degenerate ? new Map<string, Score>() : scoresBeside(yardstick, outcome, scaled);
  return {
    series: name,
    origins: scaled.length,
    isCopy,
    degenerate,
    degenerateOrigins: windows.length - scaled.length,
    scale: meanOver(scaled, ({ scale }) => scale),
    scores,
    absolute: absoluteOf(windows),
    weights,
    best: bestOf(scores, shown),
  };
}

function scoresBeside(
  yardstick: Errors,
  { cpuSeconds, failed }: SeriesOutcome,
  windows: readonly ScaledWindow[],
): Map<string, Score> {
  const names = new Set(windows.flatMap(({ errors }) => [...errors.keys()]));
  const scores = new Map<string, Score>();
  for (const name of names) {
    const own = errorsOf(name, windows);
    if (own === undefined) continue;
    const { mase, sqlByHour, ...rest } = own;
    scores.set(name, {
      ...rest,
      byHour: sqlByHour.map((sql, hour) => ratioOf(sql, yardstick.sqlByHour[hour])),
      relMASE: clipped(mase / yardstick.mase),
      relSQL: clipped(own.sql / yardstick.sql),
      cpuSeconds: cpuSeconds.get(name) ?? 0,
      failed: failed.includes(name),
    });
  }
  return scores;
}

type Errors = NonNullable<ReturnType<typeof errorsOf>>;

/** Means over windows of one model's errors, in multiples of each window's scale. */
function errorsOf(model: string, windows: readonly ScaledWindow[]) {
  const own = windows.flatMap(({ scale, errors }) => {
    const error = errors.get(model);
    return error === undefined ? [] : [{ ...error, scale }];
  });
  if (own.length === 0) return undefined;
  const mean = (of: (error: (typeof own)[number]) => number): number => meanOver(own, of) ?? 0;
  const below = LEVELS.map((_, level) => mean((error) => error.below[level] ?? 0));
  return {
    mase: mean(({ mae, scale }) => mae / scale),
    sql: mean(({ loss, scale }) => loss / scale),
    cov80: mean(({ coverage }) => coverage),
    p90: below[P90] ?? 0,
    p99: below[P99] ?? 0,
    below,
    sqlByHour: Array.from({ length: HOURS }, (_, hour) =>
      meanOver(
        own.flatMap(({ byHour, scale }) => {
          const loss = byHour[hour];
          return loss === undefined ? [] : [loss / scale];
        }),
        (sql) => sql,
      ),
    ),
    mae: mean(({ mae }) => mae),
    loss: mean(({ loss }) => loss),
    lossSum: own.reduce((sum, { loss, n }) => sum + loss * n, 0),
    magnitude: own.reduce((sum, error) => sum + error.magnitude, 0),
  };
}

function absoluteOf(windows: readonly Window[]): SeriesScore['absolute'] {
  const own = windows.flatMap(({ errors }) => errors.get(CHOSEN) ?? []);
  const mae = meanOver(own, (error) => error.mae);
  const loss = meanOver(own, (error) => error.loss);
  return mae === undefined || loss === undefined ? undefined : { mae, loss };
}

function bestOf(scores: ReadonlyMap<string, Score>, shown: readonly string[]): string | undefined {
  const ranked = shown
    .flatMap((name) => {
      const score = scores.get(name);
      return score === undefined ? [] : [{ name, sql: score.sql }];
    })
    .toSorted((a, b) => a.sql - b.sql);
  return ranked[0]?.name;
}

const ratioOf = (own: number | undefined, other: number | undefined): number | undefined =>
  own === undefined || other === undefined || other <= SMALLEST_ERROR
    ? undefined
    : clipped(own / other);

const clipped = (ratio: number): number => Math.min(LARGEST_RATIO, Math.max(SMALLEST_RATIO, ratio));

const meanOver = <T>(items: readonly T[], of: (item: T) => number): number | undefined =>
  items.length === 0 ? undefined : items.reduce((sum, item) => sum + of(item), 0) / items.length;
