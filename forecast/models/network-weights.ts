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
  /** Of the training; 0 = not told. */
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
 * @param file a {@link WeightsFile}, or whatever stands where one should.
 * @throws {TypeError} when they do not, or one is not finite: a program that was built wrong.
 */
export function parseWeights(file: unknown): NetworkWeights {
  const { features, levels, hidden, values: text } = membersOf(file);
  if (features !== FEATURES) {
    throw new TypeError(`the weights want features "${String(features)}", these are "${FEATURES}"`);
  }
  if (String(levels) !== LEVELS.join()) throw new TypeError('the weights have other levels');
  const isSize = typeof hidden === 'number' && Number.isInteger(hidden) && hidden >= 1;
  if (!isSize || typeof text !== 'string') {
    throw new TypeError('the weights have no layers');
  }
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const expected = countOf(hidden) * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new TypeError(`the weights have ${bytes.length} bytes, not ${expected}`);
  }
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: countOf(hidden) }, (_, index) =>
    view.getFloat32(index * Float32Array.BYTES_PER_ELEMENT, true),
  );
  if (!values.every((value) => Number.isFinite(value)))
    throw new TypeError('a weight is no number');
  return { hidden, values };
}

/** As they stand in a file. */
export function weightsFileOf({ hidden, values }: NetworkWeights, seed = 0): WeightsFile {
  const view = new DataView(new ArrayBuffer(values.length * Float32Array.BYTES_PER_ELEMENT));
  for (const [index, value] of values.entries()) {
    view.setFloat32(index * Float32Array.BYTES_PER_ELEMENT, value, true);
  }
  const bytes = Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte));
  return { v: 1, features: FEATURES, levels: LEVELS, hidden, seed, values: btoa(bytes.join('')) };
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
