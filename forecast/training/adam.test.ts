import { expect, test } from 'vitest';
import { adam, rateAt } from './adam.ts';

test('it finds the lowest point of a bowl', () => {
  const weights = Float32Array.from([3, -2]);
  const update = adam(weights);
  for (let step = 0; step < 500; step += 1) {
    update(
      weights.map((value, index) => 2 * (value - index)),
      rateAt(step, 500, 0.1),
    );
  }
  expect(weights[0]).toBeCloseTo(0, 2);
  expect(weights[1]).toBeCloseTo(1, 2);
});

test('the first update has the size of the rate, whatever the gradient', () => {
  const weights = new Float32Array(2);
  adam(weights)(Float32Array.from([1e-3, -1e3]), 0.5);
  expect(weights[0]).toBeCloseTo(-0.5, 4);
  expect(weights[1]).toBeCloseTo(0.5, 4);
});

test('the rate rises for fifty steps, then falls to a small share', () => {
  expect(rateAt(0, 1000, 1)).toBeCloseTo(0.02, 3);
  expect(rateAt(49, 1000, 1)).toBeGreaterThan(0.98);
  expect(rateAt(999, 1000, 1)).toBeCloseTo(0.03, 3);
});
