import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { FEATURES } from './network-features.ts';
import { countOf, parseWeights, weightsFileOf, type WeightsFile } from './network-weights.ts';
import { SHIPPED_WEIGHTS } from './shipped-weights.ts';

const fileOf = (values: Float32Array): WeightsFile => ({
  v: 1,
  features: FEATURES,
  levels: LEVELS,
  hidden: 2,
  seed: 1,
  values: Buffer.from(values.buffer).toString('base64'),
});

test('weights come back as they were written', () => {
  const values = Float32Array.from({ length: countOf(2) }, (_, index) => index / 7);
  expect(parseWeights(fileOf(values))).toEqual({ hidden: 2, values });
  expect(weightsFileOf({ hidden: 2, values }, 1)).toEqual(fileOf(values));
});

test.each([
  ['of other features', { features: 'another' }, 'features'],
  ['for other levels', { levels: [0.5] }, 'levels'],
  ['of another size', { hidden: 3 }, 'bytes'],
  ['without layers', { hidden: undefined }, 'layers'],
  ['of no size', { hidden: 0 }, 'layers'],
  ['of half a size', { hidden: 0.5 }, 'layers'],
  ['without values', { values: 7 }, 'layers'],
])('weights %s are refused', (_, part, message) => {
  const file = { ...fileOf(new Float32Array(countOf(2))), ...part };
  expect(() => parseWeights(file)).toThrow(message);
});

test('a weight that is no number is refused', () => {
  expect(() => parseWeights(fileOf(new Float32Array(countOf(2)).fill(Number.NaN)))).toThrow(
    'no number',
  );
});

test('the shipped weights fit, and are small', () => {
  expect(parseWeights(SHIPPED_WEIGHTS).values.length).toBeLessThan(10_000);
  expect(JSON.stringify(SHIPPED_WEIGHTS).length).toBeLessThan(100_000);
});
