import { openNativeEngine } from './engine-native.ts';
import { openWasmEngine } from './engine-wasm.ts';
import type { TrainingEngine } from './engine.ts';

/** `auto` takes the native engine where it is installed, and says nothing where it is not. */
export type EngineChoice = 'auto' | 'native' | 'wasm';

export type OpenedEngine = {
  readonly engine: TrainingEngine;
  /** Why it is not the one that was asked for. */
  readonly note?: string;
};

/** The engine that was asked for; WebAssembly, with one line about it, where that does not start. */
export async function openEngine(
  choice: EngineChoice,
  openNative: () => Promise<TrainingEngine> = openNativeEngine,
): Promise<OpenedEngine> {
  if (choice === 'wasm') return { engine: await openWasmEngine() };
  try {
    return { engine: await openNative() };
  } catch (error) {
    const engine = await openWasmEngine();
    if (choice === 'auto' && isAbsent(error)) return { engine };
    return { engine, note: `@tensorflow/tfjs-node is not used: ${firstLineOf(error)}` };
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes('@tensorflow/tfjs-node');

const firstLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
