import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseWeights, weightsFileOf } from '../models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../models/shipped-weights.ts';
import { openWasmEngine } from './engine-wasm.ts';
import { pretrained } from './recipe.ts';
import { weightsModule } from './weights-module.ts';

const recipe = { seed: 1, hidden: 8, steps: 20, rate: 0.003, shareReal: 0.5 };
const learn = async (seed = 1, steps = 20) => {
  const engine = await openWasmEngine();
  return await pretrained(engine, { ...recipe, seed, steps }, [], new AbortController().signal);
};
const hashOf = (values: Float32Array): string =>
  createHash('sha256').update(Buffer.from(values.buffer)).digest('hex');

test('the synthetic recipe gives the same bits every time, and other bits for another seed', async () => {
  const [first, second, other] = [await learn(), await learn(), await learn(2, 5)];
  expect(second.weights).toEqual(first.weights);
  expect(other.weights).not.toEqual(first.weights);
  expect(first.tensors[1]).toBe(first.tensors[0]);
  // A change of features, generators or optimiser changes it, and makes the shipped weights outdated.
  expect(hashOf(first.weights)).toBe(
    '9a24bf77217788078019d6172c96957a896ca8ee506d8c20b6cb98e7c0fa16bf',
  );
});

test('the shipped weights are what the card says, and their file is what is written', () => {
  const file = join(import.meta.dirname, '../models/shipped-weights.ts');
  const card = readFileSync(join(import.meta.dirname, '../../docs/MODEL_CARD.md'), 'utf8');
  const weights = parseWeights(SHIPPED_WEIGHTS);
  expect(weightsModule(weightsFileOf(weights, SHIPPED_WEIGHTS.seed))).toBe(
    readFileSync(file, 'utf8'),
  );
  expect(card).toContain(hashOf(weights.values));
});
