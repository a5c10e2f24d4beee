import { describe, expect, test } from 'vitest';
import { systemClock } from '../../domain/clock.ts';
import { isRefusal } from '../../domain/errors.ts';
import { seededRandom } from '../../domain/random.ts';
import { STEPS_A_DAY, type DurationMs } from '../../domain/units.ts';
import { parseWeights } from '../models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../models/shipped-weights.ts';
import { forkedFineTuner } from './fine-tune-process.ts';
import { syntheticExample } from './generators.ts';
import { startWeights } from './start-weights.ts';

/* A real child process. */

const sleep = (duration: DurationMs, signal: AbortSignal) => systemClock.sleep(duration, signal);
const tuner = forkedFineTuner({ memoryMiB: 128, sleep });
const shipped = parseWeights(SHIPPED_WEIGHTS);
const never = new AbortController().signal;
const random = seededRandom(7);
const series = Array.from({ length: 6 }, () => {
  const { values, observed, clock } = syntheticExample(random);
  const end = 9 * STEPS_A_DAY;
  return { values: values.slice(0, end), observed: observed.slice(0, end), clock };
});
const HIDDEN = 4;
const values = startWeights(HIDDEN, seededRandom(2));
/** Wrong by far: any training makes it better by more than 1 %. */
const poor = { hidden: HIDDEN, values: values.map((value) => value + 0.5) };
const job = {
  seed: 1,
  steps: 100,
  engine: 'wasm' as const,
  current: { hidden: HIDDEN, values },
  shipped: values,
};

const easy = { ...job, current: poor, shipped: poor.values };

test('a child learns from the series it is told, the same bits twice, and says what it took', async () => {
  const [first, second] = await Promise.all([
    tuner.run(easy, series, never),
    tuner.run(easy, series, never),
  ]);
  expect(first).toMatchObject({ kept: true, steps: 100, series: 6, engine: 'wasm' });
  expect(second.weights).toEqual(first.weights);
  expect(first.weights).not.toEqual(poor.values);
  expect(first.cpuSeconds).toBeGreaterThan(0);
});

describe('costs the run nothing but the tuning', () => {
  test('a child that cannot learn from what it was given', async () => {
    const current = { ...shipped, values: shipped.values.slice(1) };
    const broken = tuner.run({ ...job, current }, series, never);
    await expect(broken).rejects.toSatisfy((error) => isRefusal(error, 'TRAINING_FAILED'));
  });

  test('a child that is stopped: it ends with the reason', async () => {
    const stop = new AbortController();
    async function* stopping() {
      yield* series;
      stop.abort(new Error('enough'));
    }
    await expect(tuner.run(job, stopping(), stop.signal)).rejects.toThrow('enough');
  });
});
