import { valueAt } from '../../domain/quantile.ts';
import { cholesky, type Solver } from './cholesky.ts';

/**
 * Least squares as the sums over the rows seen so far; only the lower triangle of `gram` is kept.
 */
export type NormalEquations = {
  readonly gram: Float64Array;
  readonly moment: Float64Array;
  /** Sum of the squared targets. */
  readonly square: number;
  /** Rows, each as much as it counts. */
  readonly count: number;
};

export const noRows = (columns: number): NormalEquations => ({
  gram: new Float64Array(columns * columns),
  moment: new Float64Array(columns),
  square: 0,
  count: 0,
});

export const copyOf = (sums: NormalEquations): NormalEquations => ({
  ...sums,
  gram: sums.gram.slice(),
  moment: sums.moment.slice(),
});

/** Takes one row in that counts so much; the arrays of `sums` are written over. */
export function withRow(
  sums: NormalEquations,
  row: Float64Array,
  target: number,
  weight: number,
): NormalEquations {
  const { gram, moment } = sums;
  const columns = row.length;
  for (let i = 0; i < columns; i += 1) {
    const x = weight * valueAt(row, i);
    moment[i] = valueAt(moment, i) + x * target;
    for (let j = 0, at = i * columns; j <= i; j += 1, at += 1) {
      gram[at] = valueAt(gram, at) + x * valueAt(row, j);
    }
  }
  return {
    gram,
    moment,
    square: sums.square + weight * target ** 2,
    count: sums.count + weight,
  };
}

/** All rows so many times. */
export const times = ({ gram, moment, square, count }: NormalEquations, factor: number) => ({
  gram: gram.map((value) => value * factor),
  moment: moment.map((value) => value * factor),
  square: square * factor,
  count: count * factor,
});

/** The solver of the equations under a ridge penalty on every column but the first, the constant. */
export function penalised({ gram, moment }: NormalEquations, lambda: number): Solver {
  const columns = moment.length;
  const matrix = gram.slice();
  for (let i = 0; i < columns; i += 1) {
    const at = i * columns + i;
    matrix[at] = valueAt(matrix, at) + (i === 0 ? Number.EPSILON : lambda);
  }
  return cholesky(matrix, columns);
}

/**
 * The penalty of least generalised cross-validation.
 * @see Golub, Heath & Wahba, Generalized cross-validation as a method for choosing a good ridge parameter, 1979.
 */
export function bestPenalty(
  sums: NormalEquations,
  lambdas: readonly [number, ...number[]],
): number {
  let [best] = lambdas;
  let least = Number.POSITIVE_INFINITY;
  for (const lambda of lambdas) {
    const risk = crossValidation(sums, lambda);
    if (risk < least) {
      least = risk;
      best = lambda;
    }
  }
  return best;
}

function crossValidation(sums: NormalEquations, lambda: number): number {
  const { gram, moment, square, count } = sums;
  const columns = moment.length;
  const solve = penalised(sums, lambda);
  const weights = solve(moment);
  let residual = square;
  let freedom = 0;
  for (let i = 0; i < columns; i += 1) {
    const row = Float64Array.from({ length: columns }, (_, j) =>
      valueAt(gram, Math.max(i, j) * columns + Math.min(i, j)),
    );
    freedom += valueAt(solve(row), i);
    residual += valueAt(weights, i) * (dot(weights, row) - 2 * valueAt(moment, i));
  }
  return residual / Math.max(1, count - freedom) ** 2;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += valueAt(a, i) * valueAt(b, i);
  return sum;
}
