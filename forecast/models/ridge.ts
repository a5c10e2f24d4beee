import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { autoregression } from './autoregression.ts';
import type { PointRule } from './conformal.ts';
import {
  bestPenalty,
  copyOf,
  dot,
  noRows,
  penalised,
  times,
  withRow,
  type NormalEquations,
} from './normal-equations.ts';
import { pastAndNow } from './past-and-now.ts';

const WEEK = 7 * STEPS_A_DAY;
const STEPS_FOR_A_WEEK = 2 * WEEK;
const DAY_ORDER = 6;
const WEEK_ORDER = 4;
const LAMBDAS = [0.1, 1, 10, 100] as const;
/**
 * A row of a week ago counts half. On real traces this follows a level better than a line with hinges, which runs
 * away with it.
 */
const FADE = 0.5 ** (1 / WEEK);
const STEPS_BETWEEN_CHECKPOINTS = 24;
const STEPS_OF_ERRORS = 2 * WEEK;

const harmonics = (step: number, period: number, order: number): number[] =>
  Array.from({ length: order }, (_, index) => {
    const angle = (2 * Math.PI * (((index + 1) * step) % period)) / period;
    return [Math.sin(angle), Math.cos(angle)];
  }).flat();

/** One row per step of the week: 1, then the day's harmonics, then the week's. */
function rowsOfAWeek(withWeek: boolean): readonly Float64Array[] {
  return Array.from({ length: WEEK }, (_, step) =>
    Float64Array.of(
      1,
      ...harmonics(step, STEPS_A_DAY, DAY_ORDER),
      ...(withWeek ? harmonics(step, WEEK, WEEK_ORDER) : []),
    ),
  );
}

const ROWS_OF_DAYS = rowsOfAWeek(false);
const ROWS_WITH_WEEK = rowsOfAWeek(true);

/**
 * Closed-form regression on the harmonics of the day and, from two weeks on, of the week, with an autoregression on what
 * it leaves; the ridge penalty is the one of least generalised cross-validation. At each past origin the weights are
 * solved for anew from the rows before it; penalty and autoregression come from before the oldest.
 */
export const ridge: PointRule = {
  name: 'ridge',
  minimumSteps: 3 * STEPS_A_DAY,
  over: (history: Series, oldest: number) => {
    let known: Regression | undefined;
    return pastAndNow(history, oldest, (from, to) => {
      // Those of the whole history begin with those of its past.
      known = regression(history, from, to, known);
      return known.point;
    });
  },
};

type Regression = {
  readonly rows: readonly Float64Array[];
  /** Of the rows before an origin. */
  readonly sumsAt: (origin: number) => NormalEquations;
  readonly point: (origin: number, step: number) => number;
};

/** @param past of the same rows up to an earlier end, when that is known. */
function regression(
  history: Series,
  from: number,
  to: number,
  past: Regression | undefined,
): Regression {
  const { values, observed } = history;
  const rows = to - from >= STEPS_FOR_A_WEEK ? ROWS_WITH_WEEK : ROWS_OF_DAYS;
  const rowAt = (index: number): Float64Array => rows[index % WEEK] ?? new Float64Array(0);
  // Near zero the sums keep their digits.
  const base = valueAt(values, from);
  const sumsAt = past?.rows === rows ? past.sumsAt : sumsOver(history, from, to, rowAt);
  const lambda = bestPenalty(sumsAt(to), LAMBDAS);
  const weightsAt = (origin: number): Float64Array => {
    const sums = sumsAt(origin);
    return penalised(sums, lambda)(sums.moment);
  };
  const errorsOf = (weights: Float64Array, first: number, end: number): Float64Array =>
    Float64Array.from({ length: end - first }, (_, ahead) => {
      const index = first + ahead;
      return observed[index] === 0 ? 0 : valueAt(values, index) - base - dot(weights, rowAt(index));
    });
  const first = Math.max(from, to - STEPS_OF_ERRORS);
  const errorsToCome = autoregression(
    errorsOf(weightsAt(to), first, to),
    (index) => observed[first + index] === 1,
    lambda,
  );
  const points = new Map<number, (step: number) => number>();
  const at = (origin: number): ((step: number) => number) => {
    const weights = weightsAt(origin);
    const last = errorsOf(weights, origin - STEPS_A_DAY, origin);
    let errors = errorsToCome(last, STEPS_A_DAY);
    return (step) => {
      if (step >= errors.length) errors = errorsToCome(last, 2 * (step + 1));
      return base + dot(weights, rowAt(origin + step)) + valueAt(errors, step);
    };
  };
  const point = (origin: number, step: number): number => {
    const known = points.get(origin) ?? at(origin);
    points.set(origin, known);
    return known(step);
  };
  return { rows, sumsAt, point };
}

/**
 * The sums over the rows from `from` to any origin from `to` on, the last of which counts once and those before it fade. To be
 * added up once, they count the more the later they come, and the whole for less in the end.
 */
function sumsOver(
  { values, observed }: Series,
  from: number,
  to: number,
  rowAt: (index: number) => Float64Array,
): (origin: number) => NormalEquations {
  const base = valueAt(values, from);
  const grown = (sums: NormalEquations, first: number, end: number): NormalEquations => {
    let all = sums;
    for (let index = first; index < end; index += 1) {
      if (observed[index] === 0) continue;
      const weight = FADE ** (from - index);
      all = withRow(all, rowAt(index), valueAt(values, index) - base, weight);
    }
    return all;
  };
  const columns = rowAt(0).length;
  const checkpoints = [grown(noRows(columns), from, to)];
  return (origin) => {
    const nearest = Math.floor((origin - to) / STEPS_BETWEEN_CHECKPOINTS);
    for (let made = checkpoints.length; made <= nearest; made += 1) {
      const end = to + made * STEPS_BETWEEN_CHECKPOINTS;
      const before = copyOf(checkpoints.at(-1) ?? noRows(columns));
      checkpoints.push(grown(before, end - STEPS_BETWEEN_CHECKPOINTS, end));
    }
    const sums = copyOf(checkpoints[nearest] ?? noRows(columns));
    const first = to + nearest * STEPS_BETWEEN_CHECKPOINTS;
    return times(grown(sums, first, origin), FADE ** (origin - 1 - from));
  };
}
