import util from 'node:util';
import type { TrainingEngine } from './engine.ts';
import { tensorflowEngine, type Tf } from './tensorflow-engine.ts';

/**
 * TensorFlow's own library, where the optional package `@tensorflow/tfjs-node` is installed; not a dependency.
 * For a child process alone: the library is used once per process, and worker threads break it.
 *
 * @throws {Error} when the package is absent or broken.
 */
export async function openNativeEngine(
  load: () => Promise<Tf> = () => import('@tensorflow/tfjs-node'),
): Promise<TrainingEngine> {
  putBackWhatItWants();
  const tf = await load();
  await tf.ready();
  if (!canMultiply(tf)) throw new Error('its library computes nonsense');
  return tensorflowEngine(tf, 'native');
}

/** Functions that Node 23 has removed from `util`, and that the package still calls. */
function putBackWhatItWants(): void {
  const gone = {
    isArray: (value: unknown) => Array.isArray(value),
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  };
  for (const [name, is] of Object.entries(gone)) {
    if (!(name in util)) Object.assign(util, { [name]: is });
  }
}

/** A library for another processor loads, and fails at its first operation. */
function canMultiply(tf: Tf): boolean {
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d([[2, 3]]), tf.tensor2d([[5], [7]])).dataSync(),
  );
  return product[0] === 31;
}
