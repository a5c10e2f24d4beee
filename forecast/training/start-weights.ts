import type { Random } from '../../domain/random.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { countOf, layersOf } from '../models/network-weights.ts';
import { normal } from './chance.ts';

const LAST_LAYER_DEVIATION = 0.05;
const GAP_BIAS = -1.5;

/** He normal for the hidden layers; outputs near nothing, gaps narrow. */
export function startWeights(hidden: number, random: Random): Float32Array {
  const weights = new Float32Array(countOf(hidden));
  for (const [layer, { at, rows, columns }] of layersOf(hidden).entries()) {
    const deviation = layer < 2 ? Math.sqrt(2 / rows) : LAST_LAYER_DEVIATION;
    for (let index = 0; index < rows * columns; index += 1) {
      weights[at + index] = deviation * normal(random);
    }
  }
  return weights.fill(GAP_BIAS, weights.length - (LEVELS.length - 1));
}
