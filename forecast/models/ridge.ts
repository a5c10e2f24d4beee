import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { autoregression } from './autoregression.ts';
import type { PointRule } from './conformal.ts';
import {
  checkpoints,
  designsOf,
  growth,
  rowAt,
  shrinkage,
  type Design,
  type Grid,
} from './design-rows.ts';
import {
  copyOfTargets,
  dot,
  noTargets,
  residualOf,
  targetsTimes,
  withTarget,
  type Targets,
} from './normal-equations.ts';
import { pastAndNow } from './past-and-now.ts';

const WEEK = 7 * STEPS_A_DAY;
const STEPS_FOR_A_WEEK = 2 * WEEK;
const DAY_ORDER = 6;
const WEEK_ORDER = 4;
const LAMBDAS = [0.1, 1, 10, 100] as const;
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
  readonly sumsAt: (origin: number) => Sums;
  readonly point: (origin: number, step: number) => number;
};

type Sums = { readonly design: Design; readonly targets: Targets };

/** @param past of the same rows up to an earlier end, when that is known. */
function regression(
  history: Series,
  from: number,
  to: number,
  past: Regression | undefined,
): Regression {
  const { values, observed } = history;
  const rows = to - from >= STEPS_FOR_A_WEEK ? ROWS_WITH_WEEK : ROWS_OF_DAYS;
  const grid = { rows, from, first: to - from };
  // Near zero the sums keep their digits.
  const base = valueAt(values, from);
  const sumsAt = past?.rows === rows ? past.sumsAt : sumsOver(history, grid);
  const lambda = bestPenalty(sumsAt(to));
  const weightsAt = (origin: number): Float64Array => {
    const { design, targets } = sumsAt(origin);
    return design.solverFor(lambda)(targets.moment);
  };
  const errorsOf = (weights: Float64Array, first: number, end: number): Float64Array => {
    const errors = new Float64Array(end - first);
    for (let index = first; index < end; index += 1) {
      if (observed[index] === 0) continue;
      const fitted = dot(weights, rowAt(grid, index - from));
      errors[index - first] = valueAt(values, index) - base - fitted;
    }
    return errors;
  };
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
      return base + dot(weights, rowAt(grid, origin + step - from)) + valueAt(errors, step);
    };
  };
  const point = (origin: number, step: number): number => {
    const known = points.get(origin);
    if (known !== undefined) return known(step);
    const made = at(origin);
    points.set(origin, made);
    return made(step);
  };
  return { rows, sumsAt, point };
}

/** The sums over the rows to any origin from the first on, the last of which counts once and those before it fade. */
function sumsOver({ values, observed }: Series, grid: Grid): (origin: number) => Sums {
  const { from, first } = grid;
  const base = valueAt(values, from);
  const grown = (targets: Targets, begin: number, end: number): Targets => {
    let all = targets;
    for (let step = begin; step < end; step += 1) {
      if (observed[from + step] === 0) continue;
      const target = valueAt(values, from + step) - base;
      all = withTarget(all, rowAt(grid, step), target, growth(step));
    }
    return all;
  };
  const designs = designsOf(grid, observed.subarray(from));
  const sums = checkpoints(first, noTargets(rowAt(grid, 0).length), copyOfTargets, grown);
  return (origin) => ({
    design: designs(origin - from),
    targets: targetsTimes(sums(origin - from), shrinkage(origin - from)),
  });
}

/**
 * The penalty of least generalised cross-validation.
 * @see Golub, Heath & Wahba, Generalized cross-validation as a method for choosing a good ridge parameter, 1979.
 */
function bestPenalty({ design, targets }: Sums): number {
  let [best]: readonly number[] = LAMBDAS;
  let least = Number.POSITIVE_INFINITY;
  for (const lambda of LAMBDAS) {
    const weights = design.solverFor(lambda)(targets.moment);
    const freedom = Math.max(1, design.rows.count - design.freedomFor(lambda));
    const risk = residualOf(design.rows, targets, weights) / freedom ** 2;
    if (risk < least) [best, least] = [lambda, risk];
  }
  return best ?? LAMBDAS[0];
}
