import type { Forecast } from '../../domain/forecast.ts';
import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

/** How far one forecast was from what came; errors in the series' unit and in multiples of its scale. */
export type ForecastError = {
  readonly mae: number;
  readonly mase: number;
  readonly pinball: number;
  /** Share of truths within q10..q90. */
  readonly coverage: number;
  /** Scored steps. */
  readonly n: number;
};

/** The levels that are scored: the tails weigh on decisions, not on the choice of a model. */
export const isScored = (level: number): boolean => level < 0.901;
/** Below this share of the mean, the scale is noise of the arithmetic. */
const SMALLEST_SCALE = 1e-9;

/**
 * The mean difference from one day to the next, over pairs of observed steps: what errors are measured in.
 * `undefined` when days repeat exactly, or none has followed another.
 */
export function seasonalScale({ values, observed }: Series): number | undefined {
  let sum = 0;
  let level = 0;
  let pairs = 0;
  for (let index = STEPS_A_DAY; index < values.length; index += 1) {
    if (observed[index] === 0 || observed[index - STEPS_A_DAY] === 0) continue;
    const value = valueAt(values, index);
    sum += Math.abs(value - valueAt(values, index - STEPS_A_DAY));
    level += Math.abs(value);
    pairs += 1;
  }
  return sum > SMALLEST_SCALE * level ? sum / pairs : undefined;
}

/**
 * The error of a forecast against the steps of `truth` from `origin` on; filled steps are not scored.
 * The scaled quantile loss is the mean over steps and over the levels 0.1 to 0.9 of twice the pinball loss / scale.
 *
 * @returns `undefined` when fewer than half of the steps were observed.
 */
export function errorOf(
  forecast: Forecast,
  truth: Series,
  origin: number,
  scale: number,
): ForecastError | undefined {
  const horizon = forecast.values[0]?.length ?? 0;
  const truths = observedSteps(truth, origin, horizon);
  const n = truths.length;
  if (n * 2 < horizon || n === 0) return undefined;
  const row = (level: number): Float64Array => rowOf(forecast, level);
  const mae = meanOver(truths, row(0.5), (error) => Math.abs(error));
  const scored = forecast.levels.filter(isScored);
  const loss = scored.reduce(
    (sum, level) => sum + meanOver(truths, row(level), (error) => pinball(level, error)),
    0,
  );
  return {
    mae,
    mase: mae / scale,
    pinball: (2 * loss) / scored.length / scale,
    coverage: shareWithin(truths, row(0.1), row(0.9)),
    n,
  };
}

type Truth = { readonly step: number; readonly value: number };

function observedSteps({ values, observed }: Series, origin: number, horizon: number): Truth[] {
  const truths: Truth[] = [];
  for (let step = 0; step < horizon; step += 1) {
    if (observed[origin + step] === 1) truths.push({ step, value: valueAt(values, origin + step) });
  }
  return truths;
}

/** @param of truth - predicted. */
function meanOver(
  truths: readonly Truth[],
  predicted: Float64Array,
  of: (error: number) => number,
): number {
  let sum = 0;
  for (const { step, value } of truths) sum += of(value - valueAt(predicted, step));
  return sum / truths.length;
}

function shareWithin(truths: readonly Truth[], low: Float64Array, high: Float64Array): number {
  let within = 0;
  for (const { step, value } of truths) {
    if (valueAt(low, step) <= value && value <= valueAt(high, step)) within += 1;
  }
  return within / truths.length;
}

export const pinball = (level: number, error: number): number =>
  Math.max(level * error, (level - 1) * error);

function rowOf({ levels, values }: Forecast, level: number): Float64Array {
  const row = values[levels.indexOf(level)];
  if (row === undefined) throw new RangeError(`the forecast has no level ${level}`);
  return row;
}
