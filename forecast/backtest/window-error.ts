import type { Forecast } from '../../domain/forecast.ts';
import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { hours, STEP } from '../../domain/units.ts';
import { errorOf, isScored, pinball } from '../models/score.ts';

/** How one forecast did on one day that was held back; errors in the series' unit. */
export type WindowError = {
  /** Mean |y - q50|. */
  readonly mae: number;
  /** Mean over steps and over the levels 0.1 to 0.9 of twice the pinball loss. */
  readonly loss: number;
  /** Share of truths within q10..q90. */
  readonly coverage: number;
  /** Per level of the forecast, the share of truths at or below its quantile. */
  readonly below: readonly number[];
  /** The loss of each hour ahead; `undefined` where nothing was observed. */
  readonly byHour: readonly (number | undefined)[];
  /** Scored steps, and the sum of |y| over them. */
  readonly n: number;
  readonly magnitude: number;
};

const STEPS_AN_HOUR = hours(1) / STEP;

/** @returns `undefined` when fewer than half of the steps were observed. */
export function windowError(
  forecast: Forecast,
  truth: Series,
  origin: number,
): WindowError | undefined {
  const error = errorOf(forecast, truth, origin, 1);
  if (error === undefined) return undefined;
  const { mae, pinball: loss, coverage, n } = error;
  let magnitude = 0;
  const counts = forecast.levels.map(() => 0);
  const horizon = forecast.values[0]?.length ?? 0;
  const lossesByHour = Array.from({ length: horizon / STEPS_AN_HOUR }, (): number[] => []);
  for (let step = 0; step < horizon; step += 1) {
    if (truth.observed[origin + step] !== 1) continue;
    const value = valueAt(truth.values, origin + step);
    magnitude += Math.abs(value);
    for (const [level, row] of forecast.values.entries()) {
      if (value <= valueAt(row, step)) counts[level] = (counts[level] ?? 0) + 1;
    }
    lossesByHour[Math.floor(step / STEPS_AN_HOUR)]?.push(lossAt(forecast, step, value));
  }
  return {
    mae,
    loss,
    coverage,
    below: counts.map((count) => count / n),
    byHour: lossesByHour.map((losses) => mean(losses)),
    n,
    magnitude,
  };
}

function lossAt({ levels, values }: Forecast, step: number, value: number): number {
  let sum = 0;
  let scored = 0;
  for (const [index, level] of levels.entries()) {
    const row = values[index];
    if (row === undefined || !isScored(level)) continue;
    sum += 2 * pinball(level, value - valueAt(row, step));
    scored += 1;
  }
  return sum / scored;
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
