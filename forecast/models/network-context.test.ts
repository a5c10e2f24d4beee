import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { compressed, contextAt, ORIGIN_INPUTS } from './network-context.ts';
import { INPUTS, stepReader } from './network-features.ts';

const random = seededRandom(11);
const values = Float64Array.from(
  { length: 2016 },
  (_, step) => 5 + Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + 0.3 * random(),
);
const observed = new Uint8Array(2016).fill(1);
const at = (origin: number, of = values, seen = observed) =>
  contextAt({ values: of, observed: seen, from: 0, origin, clock: 0 });

test('what comes after the origin is in no input', () => {
  const later = values.map((value, index) => (index < 1500 ? value : -value));
  const [here, there] = [at(1500), at(1500, later)];
  expect(there).toEqual(here);
  const [one, other] = [stepReader(here), stepReader(there)];
  for (const step of [0, 50, 95, 96, 300, 671]) {
    one.read(step);
    other.read(step);
    expect(other.inputs).toEqual(one.inputs);
    expect(other.offers).toEqual(one.offers);
  }
});

test('a step sees its own time of yesterday, of the week before, and the usual value', () => {
  const weekly = values.map(
    (_, index) => (Math.floor(index / STEPS_A_DAY) % 7) * 10 + (index % 96),
  );
  const context = at(1344, weekly);
  const reader = stepReader(context);
  const inValues = (z: number | undefined) => (z ?? Number.NaN) * context.scale + context.location;
  reader.read(5);
  expect(inValues(reader.offers[0])).toBeCloseTo(65, 9);
  expect(inValues(reader.offers[1])).toBeCloseTo(5, 9);
  expect(inValues(reader.offers[2])).toBeCloseTo(35, 9);
  reader.read(96 + 5);
  expect(inValues(reader.offers[1])).toBeCloseTo(15, 9);
});

test('a value that was not observed is in no input', () => {
  const seen = observed.map((one, index) => (index % 7 === 0 ? 0 : one));
  const wild = values.map((value, index) => (index % 7 === 0 ? 1e6 : value));
  expect(at(1500, wild, seen)).toEqual(at(1500, values, seen));
});

test('there are as many inputs as the weights count on', () => {
  const context = at(1500);
  expect(context.inputs).toHaveLength(ORIGIN_INPUTS);
  expect(stepReader(context).inputs).toHaveLength(INPUTS - ORIGIN_INPUTS);
});

test.each([-1000, -0.5, 0, 1e-6, 3])('%d is compressed as its inverse hyperbolic sine', (value) => {
  expect(compressed(value)).toBeCloseTo(Math.asinh(value), 12);
});
