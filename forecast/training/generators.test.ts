import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { INPUTS, OFFERS } from '../models/network-features.ts';
import { syntheticExample } from './generators.ts';
import { windowRows } from './windows.ts';

test('made-up series are finite, mostly observed, and the same for the same seed', () => {
  const some = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 60 }, () => syntheticExample(random));
  };
  for (const { values, observed } of some(1)) {
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
    expect(observed.filter((seen) => seen === 1).length).toBeGreaterThan(observed.length / 3);
  }
  expect(some(1)).toEqual(some(1));
  expect(some(2)).not.toEqual(some(1));
});

test('rows to learn from are finite and as many as a batch has', () => {
  const { rows, inputs, offers, targets } = windowRows(syntheticExample, seededRandom(4)).next();
  expect([inputs.length, offers.length, targets.length]).toEqual([
    rows * INPUTS,
    rows * OFFERS,
    rows,
  ]);
  for (const values of [inputs, offers, targets]) {
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
  }
});

test('a filled step is never a target', () => {
  const steps = 1500;
  const values = Float64Array.from({ length: steps }, (_, step) => step % 96);
  const observed = Uint8Array.from(values, (_, step) => (step % 5 === 0 ? 0 : 1));
  const wild = values.map((value, step) => (observed[step] === 1 ? value : 1e6));
  const rowsOf = (shown: Float64Array) =>
    windowRows(() => ({ values: shown, observed, clock: 0 }), seededRandom(9)).next();
  expect(rowsOf(wild)).toEqual(rowsOf(values));
});
