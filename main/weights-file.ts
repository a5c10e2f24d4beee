import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { refusal } from '../domain/errors.ts';
import {
  parseWeights,
  type NetworkWeights,
  type WeightsFile,
} from '../forecast/models/network-weights.ts';

/**
 * Weights as `npm run pretrain` writes them to a JSON file.
 * @throws {SelfScalingError} `REQUEST_INVALID` for a file that cannot be read, or that does not fit this program.
 */
export function readWeights(file: string): NetworkWeights {
  try {
    return parseWeights(weightsFileIn(JSON.parse(readFileSync(file, 'utf8'))));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${file}: no weights of this program: ${why}`;
    throw refusal('REQUEST_INVALID', message, { cause });
  }
}

/** SHA-256 of the numbers alone, as pre-training tells it. */
export const hashOfWeights = ({ values }: NetworkWeights): string => {
  const bytes = new DataView(new ArrayBuffer(values.byteLength));
  values.forEach((value, index) =>
    bytes.setFloat32(index * Float32Array.BYTES_PER_ELEMENT, value, true),
  );
  return createHash('sha256').update(bytes).digest('hex');
};

function weightsFileIn(value: unknown): WeightsFile {
  const of = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
  const [features, levels, hidden, seed, values] = [
    'features',
    'levels',
    'hidden',
    'seed',
    'values',
  ].map((name): unknown => of.get(name));
  if (of.get('v') !== 1) throw new TypeError('it has no "v": 1');
  if (typeof features !== 'string' || typeof values !== 'string' || !Array.isArray(levels)) {
    throw new TypeError('it has no features, levels and values');
  }
  if (typeof hidden !== 'number' || !Number.isInteger(hidden) || hidden < 1) {
    throw new TypeError('it has no hidden units');
  }
  return { v: 1, features, levels: levels.map(Number), hidden, seed: Number(seed), values };
}
