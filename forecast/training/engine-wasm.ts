import { registerHooks } from 'node:module';
import type { TrainingEngine } from './engine.ts';
import { tensorflowEngine, type Tf } from './tensorflow-engine.ts';

/**
 * TensorFlow.js on WebAssembly: one core, the same bits in every run of one machine class.
 * Loads the library, about a second; for a child process, whose end gives the memory back.
 */
export async function openWasmEngine(): Promise<TrainingEngine> {
  return tensorflowEngine(await loadTf(), 'wasm');
}

/**
 * The library's gradients are registered by a file whose imports lack their extensions, which Node refuses: inside the
 * library they are tried with them.
 */
async function loadTf(): Promise<Tf> {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const inside = `${context.parentURL ?? ''} ${specifier}`.includes('@tensorflow/');
      if (!inside) return nextResolve(specifier, context);
      for (const ending of ['', '.js']) {
        try {
          return nextResolve(specifier + ending, context);
        } catch {
          continue;
        }
      }
      return nextResolve(`${specifier}/index.js`, context);
    },
  });
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  await import('@tensorflow/tfjs-backend-wasm');
  hooks.deregister();
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start');
  return tf;
}
