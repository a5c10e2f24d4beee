import { valueAt } from '../../domain/quantile.ts';

/** One layer: `add` adds inputs times weights to what the sums hold. */
export type Dense = {
  readonly biases: Float64Array;
  add(sums: Float64Array, inputs: Float64Array): void;
};

/** Sums that are held in registers at a time: four hide the time an addition takes. */
const AT_ONCE = 4;

/**
 * @param matrix `[rows][columns]`, columns a multiple of four.
 */
export function dense(matrix: Float32Array, biases: Float32Array): Dense {
  const columns = biases.length;
  const rows = matrix.length / columns;
  // Twice the bytes of the weights, but no conversion at each multiplication, and read in one direction.
  const weights = new Float64Array(matrix.length);
  for (const [index, value] of matrix.entries()) {
    weights[(index % columns) * rows + Math.floor(index / columns)] = value;
  }
  return {
    biases: Float64Array.from(biases),
    add(sums: Float64Array, inputs: Float64Array): void {
      for (let column = 0; column < columns; column += AT_ONCE) {
        const [a, b, c, d] = [
          column * rows,
          (column + 1) * rows,
          (column + 2) * rows,
          (column + 3) * rows,
        ];
        let [first, second, third, fourth] = [0, 0, 0, 0];
        for (let row = 0; row < rows; row += 1) {
          const input = valueAt(inputs, row);
          first += input * valueAt(weights, a + row);
          second += input * valueAt(weights, b + row);
          third += input * valueAt(weights, c + row);
          fourth += input * valueAt(weights, d + row);
        }
        sums[column] = valueAt(sums, column) + first;
        sums[column + 1] = valueAt(sums, column + 1) + second;
        sums[column + 2] = valueAt(sums, column + 2) + third;
        sums[column + 3] = valueAt(sums, column + 3) + fourth;
      }
    },
  };
}
