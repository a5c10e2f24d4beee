import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { LEVELS } from '../../domain/forecast.ts';
import { CANDIDATES, INPUTS, OFFERS } from '../models/network-features.ts';
import { layersOf } from '../models/network-weights.ts';
import { adam, rateAt } from './adam.ts';
import type { Batch, Pull, TrainedWeights, TrainingEngine, TrainJob } from './engine.ts';

/** What every build of the library offers. */
export type Tf = typeof TensorFlow;

const GATES = CANDIDATES.length;
const GAPS = LEVELS.length - 1;
const MEDIAN = LEVELS.indexOf(0.5);
/** The tail that scaling acts on is seldom seen: it counts for more. */
const LEVEL_WEIGHTS = LEVELS.map((level) => (level > 0.95 ? 4 : level > 0.9 ? 2 : 1));
const STEPS_TO_SETTLE = 3;
const STEPS_REPORTED = 100;

/** An engine on a library that has its backend and its gradients. */
export const tensorflowEngine = (tf: Tf, name: TrainingEngine['name']): TrainingEngine => ({
  name,
  train: (job, signal) => train(tf, job, signal),
});

async function train(tf: Tf, job: TrainJob, signal: AbortSignal): Promise<TrainedWeights> {
  const weights = job.weights.slice();
  const update = adam(weights);
  const gradient = new Float32Array(weights.length);
  const loss = lossOf(tf);
  const layers = variablesOf(tf, job.hidden);
  const held = [0, 0] as [number, number];
  const losses: number[] = [];
  for (let step = 0; step < job.steps; step += 1) {
    signal.throwIfAborted();
    if (job.isEnough?.(weights, step) === true) break;
    assign(tf, layers, weights);
    const batch = job.rows.next();
    losses.push(gradientsOf(tf, layers, () => loss.of(layers, batch), gradient));
    if (job.pull !== undefined) pullBack(gradient, weights, job.pull);
    update(gradient, rateAt(step, job.steps, job.rate));
    if (step === STEPS_TO_SETTLE) held[0] = tf.memory().numTensors;
    if (step % 100 === 0) await new Promise(setImmediate);
  }
  held[1] = tf.memory().numTensors;
  for (const { variable } of layers) variable.dispose();
  loss.dispose();
  return { weights, loss: meanOfLast(losses), tensors: held };
}

const meanOfLast = (losses: readonly number[]): number => {
  const last = losses.slice(-STEPS_REPORTED);
  return last.reduce((sum, value) => sum + value / last.length, 0);
};

/** Adds the gradient of `strength` times the squared distance. */
function pullBack(gradient: Float32Array, weights: Float32Array, { to, strength }: Pull): void {
  for (const [index, value] of weights.entries()) {
    const away = value - (to[index] ?? value);
    gradient[index] = (gradient[index] ?? 0) + 2 * strength * away;
  }
}

type Part = { readonly variable: Variable; readonly at: number; readonly size: number };

/** Matrix and biases of each layer, in the order of the flat weights. */
function variablesOf(tf: Tf, hidden: number): Part[] {
  return layersOf(hidden).flatMap(({ at, rows, columns }) => [
    { variable: tf.variable(tf.zeros([rows, columns])), at, size: rows * columns },
    { variable: tf.variable(tf.zeros([1, columns])), at: at + rows * columns, size: columns },
  ]);
}

function assign(tf: Tf, parts: readonly Part[], weights: Float32Array): void {
  tf.tidy(() => {
    for (const { variable, at, size } of parts) {
      variable.assign(tf.tensor(weights.slice(at, at + size), variable.shape));
    }
  });
}

/** Writes the gradient in the layout of the weights; everything else it made is given back. */
function gradientsOf(tf: Tf, parts: readonly Part[], of: () => Scalar, into: Float32Array): number {
  const { value, grads } = tf.variableGrads(
    of,
    parts.map(({ variable }) => variable),
  );
  for (const { variable, at } of parts) {
    const gradient = grads[variable.name];
    if (gradient === undefined) throw new Error(`no gradient for ${variable.name}`);
    into.set(gradient.dataSync(), at);
    gradient.dispose();
  }
  const loss = value.dataSync()[0] ?? Number.NaN;
  value.dispose();
  return loss;
}

/** The weighted mean of the pinball losses; `dispose` gives its constants back. */
function lossOf(tf: Tf) {
  const levels = tf.tensor2d([...LEVELS], [1, LEVELS.length]);
  const others = tf.sub(1, levels);
  const importance = tf.tensor2d(LEVEL_WEIGHTS, [1, LEVELS.length]);
  const ladder = tf.tensor2d(ladderOf(), [GAPS, LEVELS.length]);
  const of = (parts: readonly Part[], batch: Batch): Scalar => {
    const [w1, b1, w2, b2, w3, b3] = parts.map(({ variable }) => variable);
    if (!w1 || !b1 || !w2 || !b2 || !w3 || !b3) throw new Error('a layer is missing');
    const rows = batch.rows;
    const inputs = tf.tensor2d(batch.inputs.slice(0, rows * INPUTS), [rows, INPUTS]);
    const dense = (x: Tensor, w: Tensor, b: Tensor) => tf.add(tf.matMul(x, w), b);
    const first = tf.relu(dense(inputs, w1, b1));
    const second = tf.relu(dense(first, w2, b2));
    const out: Tensor2D = tf.reshape(dense(second, w3, b3), [rows, -1]);
    const { candidates, widths } = offersOf(tf, batch);
    const gate = tf.softmax(tf.slice(out, [0, 0], [rows, GATES]));
    const residual = tf.slice(out, [0, GATES], [rows, 1]);
    const median = tf.add(tf.sum(tf.mul(gate, candidates), 1, true), residual);
    const gaps = tf.mul(tf.softplus(tf.slice(out, [0, GATES + 1], [rows, GAPS])), widths);
    const quantiles = tf.add(tf.matMul(gaps, ladder), median);
    const targets = tf.tensor2d(batch.targets.slice(0, rows), [rows, 1]);
    const error = tf.sub(targets, quantiles);
    const above = tf.mul(tf.relu(error), levels);
    const below = tf.mul(tf.relu(tf.neg(error)), others);
    const rowsCount = tf.tensor2d(batch.importance.slice(0, rows), [rows, 1]);
    return tf.mean(tf.mul(tf.mul(tf.add(above, below), importance), rowsCount));
  };
  return {
    of,
    dispose: () => tf.dispose([levels, others, importance, ladder]),
  };
}

/** Which gaps lie between the median and each level: `[gaps][levels]`. */
function ladderOf(): number[] {
  return Array.from({ length: GAPS * LEVELS.length }, (_, index) => {
    const gap = Math.floor(index / LEVELS.length);
    const level = index % LEVELS.length;
    if (gap < MEDIAN) return level <= gap ? -1 : 0;
    return level > gap ? 1 : 0;
  });
}

/** The candidates, and the unit of each gap: the lower one below the median, the upper one above. */
function offersOf(tf: Tf, { rows, offers }: Batch) {
  const candidates = new Float32Array(rows * GATES);
  const widths = new Float32Array(rows * GAPS);
  for (let row = 0; row < rows; row += 1) {
    const own = offers.subarray(row * OFFERS, (row + 1) * OFFERS);
    candidates.set(own.subarray(0, GATES), row * GATES);
    widths.fill(own[GATES] ?? 0, row * GAPS, row * GAPS + MEDIAN);
    widths.fill(own[GATES + 1] ?? 0, row * GAPS + MEDIAN, (row + 1) * GAPS);
  }
  return {
    candidates: tf.tensor2d(candidates, [rows, GATES]),
    widths: tf.tensor2d(widths, [rows, GAPS]),
  };
}
