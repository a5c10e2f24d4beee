import { valueAt } from '../../domain/quantile.ts';

/** Solves for one right-hand side after another with the matrix that was factored. */
export type Solver = (right: Float64Array) => Float64Array;

/**
 * @param matrix symmetric, positive definite, `size` x `size`, row after row; only its lower triangle is read.
 * @see Golub & Van Loan, Matrix Computations, 4th ed., §4.2.
 */
export function cholesky(matrix: Float64Array, size: number): Solver {
  const lower = factored(matrix, size);
  const at = (row: number, column: number): number => valueAt(lower, row * size + column);
  return (right) => {
    const solution = Float64Array.from(right);
    for (let row = 0; row < size; row += 1) {
      let rest = valueAt(solution, row);
      for (let k = 0; k < row; k += 1) rest -= at(row, k) * valueAt(solution, k);
      solution[row] = rest / at(row, row);
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let rest = valueAt(solution, row);
      for (let k = row + 1; k < size; k += 1) rest -= at(k, row) * valueAt(solution, k);
      solution[row] = rest / at(row, row);
    }
    return solution;
  };
}

function factored(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = valueAt(matrix, row * size + column);
      for (let k = 0; k < column; k += 1) {
        rest -= valueAt(lower, row * size + k) * valueAt(lower, column * size + k);
      }
      lower[row * size + column] =
        row === column ? Math.sqrt(rest) : rest / valueAt(lower, column * size + column);
    }
  }
  return lower;
}
