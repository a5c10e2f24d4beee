import { LEVELS } from '../../domain/forecast.ts';
import { CANDIDATES, FEATURES, INPUTS } from './network-features.ts';

/** Gate, residual, and the gaps between neighbouring levels. */
export const OUTPUTS = CANDIDATES.length + 1 + (LEVELS.length - 1);

/** As it stands in a file. */
export type WeightsFile = {
  readonly v: 1;
  /** Which inputs the weights were trained on. */
  readonly features: string;
  readonly levels: readonly number[];
  readonly hidden: number;
  readonly seed: number;
  /** Base64 of little-endian Float32. */
  readonly values: string;
};

export type NetworkWeights = {
  readonly hidden: number;
  /** Two hidden layers and the outputs; each its matrix, `[inputs][outputs]`, then its biases. */
  readonly values: Float32Array;
};

/** Where a matrix of `[rows][columns]` begins; its biases follow it. */
export type Layer = { readonly at: number; readonly rows: number; readonly columns: number };

export function layersOf(hidden: number): readonly [Layer, Layer, Layer] {
  const first = { at: 0, rows: INPUTS, columns: hidden };
  const second = { at: endOf(first), rows: hidden, columns: hidden };
  const third = { at: endOf(second), rows: hidden, columns: OUTPUTS };
  return [first, second, third];
}

const endOf = ({ at, rows, columns }: Layer): number => at + (rows + 1) * columns;

export const countOf = (hidden: number): number => endOf(layersOf(hidden)[2]);

/**
 * Weights that fit this version's features, levels and layers.
 * @throws {TypeError} when they do not, or one is not finite: a program that was built wrong.
 */
export function parseWeights(file: WeightsFile): NetworkWeights {
  if (file.features !== FEATURES) {
    throw new TypeError(`the weights want features "${file.features}", these are "${FEATURES}"`);
  }
  if (file.levels.join() !== LEVELS.join()) throw new TypeError('the weights have other levels');
  const bytes = Uint8Array.from(atob(file.values), (char) => char.charCodeAt(0));
  const expected = countOf(file.hidden) * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new TypeError(`the weights have ${bytes.length} bytes, not ${expected}`);
  }
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: countOf(file.hidden) }, (_, index) =>
    view.getFloat32(index * Float32Array.BYTES_PER_ELEMENT, true),
  );
  if (!values.every((value) => Number.isFinite(value)))
    throw new TypeError('a weight is no number');
  return { hidden: file.hidden, values };
}
