import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { parseWeights } from '../models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../models/shipped-weights.ts';
import type { Batch, TrainingEngine, TrainJob } from './engine.ts';
import { fineTune } from './fine-tune.ts';
import { startWeights } from './start-weights.ts';
import type { Example } from './synthetic.ts';

const shipped = parseWeights(SHIPPED_WEIGHTS);
const untrained = { ...shipped, values: startWeights(shipped.hidden, seededRandom(4)) };
const never = new AbortController().signal;

const examples = (count: number, lastDay = (value: number) => value): Example[] =>
  Array.from({ length: count }, (unused, which) => {
    const random = seededRandom(which);
    const values = Float64Array.from({ length: 8 * STEPS_A_DAY }, (_, step) => {
      const value = 5 + 2 * Math.sin((2 * Math.PI * step) / STEPS_A_DAY + which) + random();
      return step < 7 * STEPS_A_DAY ? value : lastDay(value);
    });
    return { values, observed: new Uint8Array(values.length).fill(1), clock: 3 };
  });

/** Learns nothing, and looks at nothing. */
const idle = () => {
  const jobs: TrainJob[] = [];
  const engine: TrainingEngine = {
    name: 'wasm',
    async train(job) {
      jobs.push(job);
      return { weights: job.weights, loss: 0, tensors: [0, 0] };
    },
  };
  return { engine, jobs };
};

/** Learns nothing: shows weights at each step as if they had been learnt, and ends when it is told to. */
const showing = (weightsAt: (step: number) => Float32Array) => {
  const engine: TrainingEngine = {
    name: 'wasm',
    async train(job) {
      let step = 0;
      while (step < job.steps && job.isEnough?.(weightsAt(step), step) !== true) step += 1;
      return { weights: weightsAt(step), loss: 0, tensors: [0, 0] };
    },
  };
  return { engine };
};
const tune = (engine: TrainingEngine, current = untrained, own = examples(3)) =>
  fineTune(engine, { seed: 1, current, shipped: shipped.values }, own, never);

describe('what was learnt', () => {
  test('is kept, as it was at its best, when the held-out day gets better by 1 % at least', async () => {
    const { engine } = showing((step) => (step === 50 ? shipped : untrained).values);
    const tuned = await tune(engine);
    expect(tuned).toMatchObject({ kept: true, steps: 300, series: 3 });
    expect(tuned.weights).toEqual(shipped.values);
    expect(tuned.after).toBeLessThan(0.99 * (tuned.before ?? 0));
  });

  test('is discarded when the day gets better by less, and the answer says so', async () => {
    const almost = shipped.values.map((value) => value * 1.0001);
    const { engine } = showing(() => almost);
    const tuned = await tune(engine, shipped);
    expect(tuned).toMatchObject({ kept: false, why: expect.stringContaining('discarded') });
    expect(tuned).not.toHaveProperty('weights');
  });

  test('is given up after five looks without gain', async () => {
    const { engine } = showing(() => untrained.values);
    expect(await tune(engine, shipped)).toMatchObject({ kept: false, steps: 250 });
  });

  test('counts up to the last step when it never stops getting better', async () => {
    const towards = (step: number) =>
      untrained.values.map(
        (value, index) => value + (step / 200) * ((shipped.values[index] ?? 0) - value),
      );
    const task = { seed: 1, current: untrained, shipped: shipped.values, steps: 100 };
    const tuned = await fineTune(showing(towards).engine, task, examples(3), never);
    expect(tuned).toMatchObject({ kept: true, steps: 100 });
    expect(tuned.weights).toEqual(towards(100));
  });
});

test('the last day of every series is never learnt from', async () => {
  const batchesOf = async (own: Example[]): Promise<Batch[]> => {
    const { engine, jobs } = idle();
    await tune(engine, shipped, own);
    const rows = jobs[0]?.rows;
    return Array.from({ length: 1 }, () => structuredClone(rows?.next() as Batch));
  };
  const odd = examples(3, (value) => 100 * value);
  expect(await batchesOf(odd)).toEqual(await batchesOf(examples(3)));
});

test('few series hold the weights near the shipped ones; many do not', async () => {
  const few = idle();
  await tune(few.engine, shipped, examples(19));
  expect(few.jobs[0]?.pull?.to).toBe(shipped.values);
  const many = idle();
  await tune(many.engine, shipped, examples(20));
  expect(many.jobs[0]?.pull).toBeUndefined();
});

test('series that are too young are nothing to learn from', async () => {
  const young = examples(2).map(({ values, observed, clock }) => ({
    values: values.subarray(0, 2 * STEPS_A_DAY),
    observed: observed.subarray(0, 2 * STEPS_A_DAY),
    clock,
  }));
  const { engine, jobs } = idle();
  expect(await tune(engine, shipped, young)).toMatchObject({ kept: false, steps: 0, series: 0 });
  expect(jobs).toEqual([]);
});
