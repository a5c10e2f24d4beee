import { valueAt } from '../../domain/quantile.ts';
import { cholesky, type Solver } from './cholesky.ts';

/** What the rows of least squares that were seen so far add up to, without their targets. */
export type Rows = {
  /** Only the lower triangle is kept. */
  readonly gram: Float64Array;
  /** Rows, each as much as it counts. */
  readonly count: number;
};

/** The same of their targets. */
export type Targets = {
  readonly moment: Float64Array;
  /** Sum of the squares. */
  readonly square: number;
};

export const noRows = (columns: number): Rows => ({
  gram: new Float64Array(columns * columns),
  count: 0,
});

export const noTargets = (columns: number): Targets => ({
  moment: new Float64Array(columns),
  square: 0,
});

export const copyOfRows = ({ gram, count }: Rows): Rows => ({ gram: gram.slice(), count });

export const copyOfTargets = ({ moment, square }: Targets): Targets => ({
  moment: moment.slice(),
  square,
});

/** Takes one row in that counts so much; the array of `sums` is written over. */
export function withRow({ gram, count }: Rows, row: Float64Array, weight: number): Rows {
  const columns = row.length;
  for (let i = 0; i < columns; i += 1) {
    const x = weight * valueAt(row, i);
    for (let j = 0, at = i * columns; j <= i; j += 1, at += 1) {
      gram[at] = valueAt(gram, at) + x * valueAt(row, j);
    }
  }
  return { gram, count: count + weight };
}

/** Takes the target of one row in that counts so much; the array of `sums` is written over. */
export function withTarget(
  { moment, square }: Targets,
  row: Float64Array,
  target: number,
  weight: number,
): Targets {
  for (let i = 0; i < row.length; i += 1) {
    moment[i] = valueAt(moment, i) + weight * valueAt(row, i) * target;
  }
  return { moment, square: square + weight * target ** 2 };
}

/** All rows so many times. */
export const rowsTimes = ({ gram, count }: Rows, factor: number): Rows => ({
  gram: gram.map((value) => value * factor),
  count: count * factor,
});

export const targetsTimes = ({ moment, square }: Targets, factor: number): Targets => ({
  moment: moment.map((value) => value * factor),
  square: square * factor,
});

/** The solver of the equations under a ridge penalty on every column but the first, the constant. */
export function penalised({ gram }: Rows, columns: number, lambda: number): Solver {
  const matrix = gram.slice();
  for (let i = 0; i < columns; i += 1) {
    const at = i * columns + i;
    matrix[at] = valueAt(matrix, at) + (i === 0 ? Number.EPSILON : lambda);
  }
  return cholesky(matrix, columns);
}

/** One whole row of a matrix of which the lower triangle is kept. */
function rowOf(gram: Float64Array, columns: number, row: number, into: Float64Array): Float64Array {
  for (let column = 0; column <= row; column += 1) {
    into[column] = valueAt(gram, row * columns + column);
  }
  for (let column = row + 1; column < columns; column += 1) {
    into[column] = valueAt(gram, column * columns + row);
  }
  return into;
}

/** How many of its columns a penalised regression has in use. */
export function freedomOf({ gram }: Rows, columns: number, solve: Solver): number {
  const row = new Float64Array(columns);
  let freedom = 0;
  for (let i = 0; i < columns; i += 1) freedom += valueAt(solve(rowOf(gram, columns, i, row)), i);
  return freedom;
}

/** The sum of the squares of what the weights leave. */
export function residualOf(
  { gram }: Rows,
  { moment, square }: Targets,
  weights: Float64Array,
): number {
  const columns = moment.length;
  const row = new Float64Array(columns);
  let residual = square;
  for (let i = 0; i < columns; i += 1) {
    const product = dot(weights, rowOf(gram, columns, i, row));
    residual += valueAt(weights, i) * (product - 2 * valueAt(moment, i));
  }
  return residual;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += valueAt(a, i) * valueAt(b, i);
  return sum;
}
