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
/** Of the grids: few histories are still undecided then. */
const MOST_SCANS = 12;
/** Odd, so that the origins together meet every step ahead. */
const STEPS_BETWEEN_JUDGED = 5;

const GRID = {
  alpha: [0.005, 0.02, 0.05, 0.1, 0.3],
  beta: [0, 0.002, 0.02],
  gamma: [0.03, 0.07, 0.15, 0.3, 0.6],
  rho: [0, 0.5, 0.8, 0.9, 0.95, 0.98],
} as const;
const SCANNED = ['gamma', 'alpha', 'rho', 'beta'] as const;
const START: Parameters = { alpha: 0.02, beta: 0, gamma: 0.15, rho: 0.9 };

/**
 * Holt-Winters with an additive day, a damped trend and a first-order autoregressive error. The parameters are those whose forecasts of
 * the next day, made at many origins of the last fortnight, missed by the least on average; one step ahead
 * they would follow the noise. At past origins the states are those of that moment, under parameters fitted
 * before the oldest of them; the forecast itself has parameters fitted on everything, searched for from those on.
 *
 * @see Taylor, Short-term electricity demand forecasting using double seasonal exponential smoothing, 2003.
 */
export const holtWinters: PointRule = {
  name: 'holt-winters',
  minimumSteps: 3 * M,
  over: (history: Series, oldest: number) => {
    let known = START;
    return pastAndNow(history, oldest, (from, to) => {
      const stretch = stretchOf(history, from);
      known = fitted(stretch, to - from, known);
      const parameters = known;
      const states = filter(stretch, stretch.values.length, parameters, statesOf(stretch));
      const point = pointsOf(states, parameters.rho);
      return (origin, step) => point(origin - from, step);
    });
  },
};

/** A history from its first step that counts on. */
type Stretch = {
  readonly values: Float64Array;
  readonly observed: Uint8Array;
  /** The mean of the first two days, and the shape of the first. */
  readonly mean: number;
  readonly shape: Float64Array;
};

function stretchOf(history: Series, from: number): Stretch {
  const values = history.values.subarray(from);
  const start = values.subarray(0, DAYS_TO_START * M);
  const mean = start.reduce((sum, value) => sum + value, 0) / start.length;
  const shape = values.subarray(0, M).map((value, t) => (value + valueAt(start, t + M)) / 2 - mean);
  return { values, observed: history.observed.subarray(from), mean, shape };
}

/** Room for the states, and those of the first day. */
function statesOf({ values, mean, shape }: Stretch): States {
  const zeros = (): Float64Array => new Float64Array(values.length);
  const states = { level: zeros(), trend: zeros(), season: zeros(), miss: zeros() };
  states.level.fill(mean, 0, M);
  states.season.set(shape);
  return states;
}

/** One parameter after the other over its grid, until none gets better. */
function fitted(stretch: Stretch, end: number, start: Parameters): Parameters {
  const room = statesOf(stretch);
  const lossAt = (of: Parameters): number =>
    lossOf(stretch, end, filter(stretch, end, of, room), of.rho);
  let best = { of: start, loss: lossAt(start) };
  let unmoved = 0;
  for (let scan = 0; scan < MOST_SCANS && unmoved < SCANNED.length; scan += 1) {
    const name = SCANNED[scan % SCANNED.length] ?? 'gamma';
    const before = best;
    for (const value of GRID[name]) {
      if (value === before.of[name]) continue;
      const of = { ...before.of, [name]: value };
      const loss = lossAt(of);
      if (loss < best.loss) best = { of, loss };
    }
    unmoved = best === before ? unmoved + 1 : 1;
  }
  return best.of;
}

/** The mean miss of a next day. */
function lossOf({ values, observed }: Stretch, end: number, states: States, rho: number): number {
  const faded = FADED.get(rho) ?? fadedBy(rho);
  const first = Math.max(DAYS_TO_START * M, end - DAYS_JUDGED * M);
  let sum = 0;
  let count = 0;
  for (let origin = first; origin < end; origin += STEPS_BETWEEN_JUDGED_ORIGINS) {
    // What `pointsOf` says of each step, with what they share read once.
    const level = valueAt(states.level, origin - 1);
    const trend = valueAt(states.trend, origin - 1);
    const miss = valueAt(states.miss, origin - 1);
    const last = Math.min(M, end - origin);
    for (let step = origin % STEPS_BETWEEN_JUDGED; step < last; step += STEPS_BETWEEN_JUDGED) {
      if (observed[origin + step] === 0) continue;
      const point =
        level +
        valueAt(DAMPED, step) * trend +
        valueAt(states.season, origin - M + step) +
        valueAt(faded, step) * miss;
      sum += Math.abs(valueAt(values, origin + step) - point);
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** The states of the first `end` steps, written into `room`, which has those of the first day. */
function filter({ values, observed }: Stretch, end: number, p: Parameters, room: States): States {
  const { level, trend, season, miss } = room;
  const { alpha, beta, gamma, rho } = p;
  let [lastLevel, lastTrend, lastMiss] = [valueAt(level, M - 1), 0, 0];
  for (let t = M; t < end; t += 1) {
    const expected = lastLevel + DAMPING * lastTrend;
    const shape = valueAt(season, t - M);
    const kept = rho * lastMiss;
    const error = observed[t] === 1 ? valueAt(values, t) - expected - shape - kept : 0;
    level[t] = lastLevel = expected + alpha * error;
    trend[t] = lastTrend = DAMPING * lastTrend + beta * alpha * error;
    season[t] = shape + gamma * error;
    miss[t] = lastMiss = kept + (1 - alpha - gamma) * error;
  }
  return room;
}

function pointsOf({ level, trend, season, miss }: States, rho: number) {
  const faded = FADED.get(rho) ?? fadedBy(rho);
  return (origin: number, step: number): number =>
    valueAt(level, origin - 1) +
    (DAMPED[step] ?? damped(step)) * valueAt(trend, origin - 1) +
    valueAt(season, origin - M + (step % M)) +
    (faded[step] ?? rho ** (step + 1)) * valueAt(miss, origin - 1);
}

/** Powers are slow, and nearly all steps that are asked for are those of the first day. */
const perStepOfADay = (of: (step: number) => number): Float64Array =>
  Float64Array.from({ length: M }, (_, step) => of(step));

const fadedBy = (rho: number): Float64Array => perStepOfADay((step) => rho ** (step + 1));

/** How many steps of undamped trend so many damped ones are. */
const damped = (step: number): number => (DAMPING * (1 - DAMPING ** (step + 1))) / (1 - DAMPING);

const DAMPED = perStepOfADay(damped);
const FADED = new Map<number, Float64Array>(GRID.rho.map((rho) => [rho, fadedBy(rho)]));
