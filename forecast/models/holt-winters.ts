import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { PointRule } from './conformal.ts';
import { pastAndNow } from './past-and-now.ts';

/** Smoothing of the level, its trend and the day's shape, and how much of the last error the next step keeps. */
type Parameters = {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly rho: number;
};

/** After each step; `season[t]` is what the shape of the day was at `t` once `t` had been seen. */
type States = {
  readonly level: Float64Array;
  readonly trend: Float64Array;
  readonly season: Float64Array;
  readonly miss: Float64Array;
};

const M = STEPS_A_DAY;
const DAYS_JUDGED = 14;
const DAYS_TO_START = 2;
const DAMPING = 0.98;
const STEPS_BETWEEN_JUDGED_ORIGINS = 12;
const ROUNDS = 3;
/** Odd, so that the origins together meet every step ahead. */
const STEPS_BETWEEN_JUDGED = 5;

const GRID = {
  alpha: [0.005, 0.02, 0.05, 0.1, 0.3],
  beta: [0, 0.002, 0.02],
  gamma: [0.03, 0.07, 0.15, 0.3, 0.6],
  rho: [0, 0.5, 0.8, 0.9, 0.95, 0.98],
} as const;
const START: Parameters = { alpha: 0.02, beta: 0, gamma: 0.15, rho: 0.9 };

/**
 * Holt-Winters with an additive day, a damped trend and a first-order autoregressive error. The parameters are those whose forecasts of
 * the next day, made at many origins of the last fortnight, missed by the least on average; one step ahead
 * they would follow the noise. At past origins the states are those of that moment, under parameters fitted
 * before the oldest of them; the forecast itself has parameters fitted on everything.
 *
 * @see Taylor, Short-term electricity demand forecasting using double seasonal exponential smoothing, 2003.
 */
export const holtWinters: PointRule = {
  name: 'holt-winters',
  minimumSteps: 3 * M,
  over: (history: Series, oldest: number) =>
    pastAndNow(history, oldest, (from, to) => {
      const parameters = fitted(history, from, to);
      const point = pointsOf(filter(history, from, history.values.length, parameters), parameters);
      return (origin, step) => point(origin - from, step);
    }),
};

/** One parameter at a time over its grid, until none gets better. */
function fitted(history: Series, from: number, to: number): Parameters {
  const lossAt = (of: Parameters): number => lossOf(history, from, to, of);
  let best = { of: START, loss: lossAt(START) };
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = best;
    for (const name of ['gamma', 'alpha', 'rho', 'beta'] as const) {
      const tried = GRID[name]
        .map((value) => ({ ...best.of, [name]: value }))
        .map((of) => ({ of, loss: lossAt(of) }));
      best = tried.reduce((least, one) => (one.loss < least.loss ? one : least), best);
    }
    if (best === before) break;
  }
  return best.of;
}

function lossOf(history: Series, from: number, to: number, parameters: Parameters): number {
  const point = pointsOf(filter(history, from, to, parameters), parameters);
  const first = Math.max(DAYS_TO_START * M, to - from - DAYS_JUDGED * M);
  let sum = 0;
  let count = 0;
  for (let origin = first; origin < to - from; origin += STEPS_BETWEEN_JUDGED_ORIGINS) {
    const last = Math.min(M, to - from - origin);
    for (let step = origin % STEPS_BETWEEN_JUDGED; step < last; step += STEPS_BETWEEN_JUDGED) {
      const target = from + origin + step;
      if (history.observed[target] === 0) continue;
      sum += Math.abs(valueAt(history.values, target) - point(origin, step));
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** @param to two days or more after `from`. */
function filter(history: Series, from: number, to: number, p: Parameters): States {
  const values = history.values.subarray(from, to);
  const observed = history.observed.subarray(from, to);
  const { level, trend, season, miss } = begun(values);
  for (let t = M; t < values.length; t += 1) {
    const expected = valueAt(level, t - 1) + DAMPING * valueAt(trend, t - 1);
    const shape = valueAt(season, t - M);
    const kept = p.rho * valueAt(miss, t - 1);
    const seen = observed[t] === 1;
    const error = seen ? valueAt(values, t) - expected - shape - kept : 0;
    level[t] = expected + p.alpha * error;
    trend[t] = DAMPING * valueAt(trend, t - 1) + p.beta * p.alpha * error;
    season[t] = shape + p.gamma * error;
    miss[t] = kept + (1 - p.alpha - p.gamma) * error;
  }
  return { level, trend, season, miss };
}

/** States of the first day, from the first two. */
function begun(values: Float64Array): States {
  const level = new Float64Array(values.length);
  const season = new Float64Array(values.length);
  const start = values.subarray(0, DAYS_TO_START * M);
  const mean = start.reduce((sum, value) => sum + value, 0) / start.length;
  level.fill(mean, 0, M);
  for (let t = 0; t < M; t += 1) {
    season[t] = (valueAt(start, t) + valueAt(start, t + M)) / 2 - mean;
  }
  const zeros = (): Float64Array => new Float64Array(values.length);
  return { level, trend: zeros(), season, miss: zeros() };
}

function pointsOf({ level, trend, season, miss }: States, { rho }: Parameters) {
  const faded = perStepOfADay((step) => rho ** (step + 1));
  return (origin: number, step: number): number =>
    valueAt(level, origin - 1) +
    (DAMPED[step] ?? damped(step)) * valueAt(trend, origin - 1) +
    valueAt(season, origin - M + (step % M)) +
    (faded[step] ?? rho ** (step + 1)) * valueAt(miss, origin - 1);
}

/** Powers are slow, and nearly all steps that are asked for are those of the first day. */
const perStepOfADay = (of: (step: number) => number): Float64Array =>
  Float64Array.from({ length: M }, (_, step) => of(step));

/** How many steps of undamped trend so many damped ones are. */
const damped = (step: number): number => (DAMPING * (1 - DAMPING ** (step + 1))) / (1 - DAMPING);

const DAMPED = perStepOfADay(damped);
