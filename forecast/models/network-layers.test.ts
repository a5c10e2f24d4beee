import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { contextAt } from './network-context.ts';
import { stepReader } from './network-features.ts';
import { openLayers } from './network-layers.ts';
import { countOf, layersOf, type Layer } from './network-weights.ts';

const HIDDEN = 8;
const random = seededRandom(9);
const weights = {
  hidden: HIDDEN,
  values: Float32Array.from({ length: countOf(HIDDEN) }, () => random() - 0.5),
};
const values = Float64Array.from({ length: 1500 }, (_, step) => Math.sin(step / 15) + random());
/** So that which lags are known changes from step to step. */
const observed = Uint8Array.from(values, () => (random() < 0.2 ? 0 : 1));
const context = contextAt({ values, observed, from: 0, origin: 1500, clock: 0 });

function multiplied({ at, rows, columns }: Layer, inputs: readonly number[]): number[] {
  const of = (index: number) => weights.values[at + index]!;
  return Array.from({ length: columns }, (_, column) =>
    inputs.reduce(
      (sum, x, row) => sum + x * of(row * columns + column),
      of(rows * columns + column),
    ),
  );
}

/** The largest difference. */
const between = (found: Float64Array, wanted: readonly number[]): number =>
  Math.max(...wanted.map((value, index) => Math.abs(value - found[index]!)));
const NOTHING = 1e-12;

test.each([
  ['a day', Array.from({ length: STEPS_A_DAY }, (_, step) => step)],
  ['steps in any order', [5, 3, 200, 3, 671, 672, 1000, 0]],
])('the first layer has all its inputs at every step: %s', (_, steps) => {
  const reader = stepReader(context);
  const layers = openLayers(weights);
  const open = layers.firstAt(context.inputs, reader.inputs);
  const sums = new Float64Array(HIDDEN);
  for (const step of steps) {
    reader.read(step);
    open(sums, step);
    expect(
      between(sums, multiplied(layersOf(HIDDEN)[0], [...context.inputs, ...reader.inputs])),
    ).toBeLessThan(NOTHING);
  }
});

test('a second series is not mixed with the first', () => {
  const layers = openLayers(weights);
  const other = contextAt({ values, observed, from: 0, origin: 700, clock: 0 });
  for (const one of [context, other, context]) {
    const reader = stepReader(one);
    const sums = new Float64Array(HIDDEN);
    reader.read(40);
    layers.firstAt(one.inputs, reader.inputs)(sums, 40);
    expect(
      between(sums, multiplied(layersOf(HIDDEN)[0], [...one.inputs, ...reader.inputs])),
    ).toBeLessThan(NOTHING);
  }
});

test('the other layers write over what the sums were', () => {
  const { second, third } = openLayers(weights);
  const inputs = Float64Array.from({ length: HIDDEN }, () => random());
  const [, two, three] = layersOf(HIDDEN);
  const [hidden, out] = [new Float64Array(HIDDEN).fill(7), new Float64Array(three.columns).fill(7)];
  second(hidden, inputs);
  third(out, inputs);
  expect(between(hidden, multiplied(two, [...inputs]))).toBeLessThan(NOTHING);
  expect(between(out, multiplied(three, [...inputs]))).toBeLessThan(NOTHING);
});
