import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP } from '../../domain/units.ts';
import { contextAt, type OriginContext } from '../models/network-context.ts';
import { stepReader } from '../models/network-features.ts';
import { network } from '../models/network.ts';
import { openWasmEngine } from './engine-wasm.ts';
import type { RowSource } from './engine.ts';
import { syntheticExample } from './generators.ts';
import { startWeights } from './start-weights.ts';
import { windowRows } from './windows.ts';

const HIDDEN = 8;
const engine = await openWasmEngine();

/** Sees the same batch at every step. */
const run = (steps: number, rate: number) => {
  const random = seededRandom(3);
  const weights = startWeights(HIDDEN, random);
  const batch = windowRows(syntheticExample, random).next();
  const job = { hidden: HIDDEN, weights, rows: { next: () => batch }, steps, rate };
  return engine.train(job, new AbortController().signal);
};

/** Every step of a day, with targets at the location. */
const allSteps = (context: OriginContext): RowSource => ({
  next: () => {
    const reader = stepReader(context);
    const steps = Array.from({ length: 96 }, (_, step) => {
      reader.read(step);
      return { inputs: [...context.inputs, ...reader.inputs], offers: [...reader.offers] };
    });
    return {
      rows: 96,
      inputs: Float32Array.from(steps.flatMap(({ inputs }) => inputs)),
      offers: Float32Array.from(steps.flatMap(({ offers }) => offers)),
      targets: new Float32Array(96),
      importance: new Float32Array(96).fill(1),
    };
  },
});

test('training with one seed gives the same bits twice, lowers the loss and leaks no tensor', async () => {
  const [first, second] = [await run(40, 3e-3), await run(40, 3e-3)];
  expect(second.weights).toEqual(first.weights);
  expect(first.loss).toBeLessThan((await run(1, 0)).loss);
  expect(first.tensors[1]).toBe(first.tensors[0]);
});

test('an aborted training ends with the reason', async () => {
  const random = seededRandom(1);
  const rows = windowRows(syntheticExample, random);
  const job = { hidden: HIDDEN, weights: startWeights(HIDDEN, random), rows, steps: 9, rate: 1 };
  await expect(engine.train(job, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('the plain forward pass has the loss that the engine has', async () => {
  const random = seededRandom(5);
  const weights = startWeights(HIDDEN, random).map((value) => value + 0.1 * (random() - 0.5));
  const { values, observed, clock } = { ...syntheticExample(random), clock: 4000 };
  const origin = 1500;
  const context = contextAt({ values, observed, clock, from: 0, origin });
  const made = series(
    epochMs(clock * STEP),
    STEP,
    values.slice(0, origin),
    observed.slice(0, origin),
  );
  if (!made.ok) throw new Error(made.defect.kind);
  const model = network({ hidden: HIDDEN, values: weights });
  const forecast = model.fit(made.series).predict(96, LEVELS);
  const job = { hidden: HIDDEN, weights, rows: allSteps(context), steps: 1, rate: 0 };
  const { loss } = await engine.train(job, new AbortController().signal);
  let expected = 0;
  for (const [index, level] of LEVELS.entries()) {
    const importance = level > 0.95 ? 4 : level > 0.9 ? 2 : 1;
    for (let step = 0; step < 96; step += 1) {
      const z = (forecast.values[index]![step]! - context.location) / context.scale;
      expected += importance * Math.max(-level * z, (1 - level) * z);
    }
  }
  expect(loss).toBeCloseTo(expected / (96 * LEVELS.length), 5);
});
