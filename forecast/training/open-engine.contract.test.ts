import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { openNativeEngine } from './engine-native.ts';
import { openWasmEngine } from './engine-wasm.ts';
import { syntheticExample } from './generators.ts';
import { openEngine } from './open-engine.ts';
import { startWeights } from './start-weights.ts';
import { windowRows } from './windows.ts';

/* @tensorflow/tfjs-node is not installed: another build of the library stands in for it. */
const standIn = async () => {
  await openWasmEngine();
  return await import('@tensorflow/tfjs-core');
};
const asInstalled = () => openNativeEngine(standIn);

test('where the package is absent WebAssembly computes: without a word, unless it was asked for', async () => {
  const auto = await openEngine('auto');
  expect([auto.engine.name, auto.note]).toEqual(['wasm', undefined]);
  const asked = await openEngine('native');
  expect(asked.engine.name).toBe('wasm');
  expect(asked.note).toMatch(/^@tensorflow\/tfjs-node is not used: .*tfjs-node/);
});

test.each([
  ['does not load', () => Promise.reject(new Error('libtensorflow.so.2: cannot open\n at …'))],
  ['computes nonsense', async () => ({ ...(await standIn()), tidy: () => new Float32Array(1) })],
])('a package that %s is told in one line, and WebAssembly computes', async (_, load) => {
  const { engine, note } = await openEngine('auto', () => openNativeEngine(load as never));
  expect(engine.name).toBe('wasm');
  expect(note).toMatch(/^@tensorflow\/tfjs-node is not used: [^\n]+$/);
});

test('in a process of its own, a package that breaks while it is loaded costs one line', () => {
  const broken = 'data:text/javascript,throw new Error("its binding is for another Node")';
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === '@tensorflow/tfjs-node'
          ? { url: '${broken}', shortCircuit: true }
          : next(specifier, context),
    });
    const { openEngine } = await import('${new URL('./open-engine.ts', import.meta.url).href}');
    const { engine, note } = await openEngine('auto');
    process.stdout.write(engine.name + ': ' + note);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`).toBe(
    'wasm: @tensorflow/tfjs-node is not used: its binding is for another Node',
  );
});

test('what its loading calls in Node is there', async () => {
  await openEngine('auto', asInstalled);
  const util = await import('node:util');
  expect((util.default as never)['isNullOrUndefined']).toBeTypeOf('function');
});

test('where it is installed it computes, and learns what WebAssembly learns within 1e-4', async () => {
  const learn = async (opened: Awaited<ReturnType<typeof openEngine>>) => {
    const random = seededRandom(3);
    const weights = startWeights(8, random);
    const rows = windowRows(syntheticExample, random);
    const job = { hidden: 8, weights, rows, steps: 5, rate: 1e-3 };
    return await opened.engine.train(job, new AbortController().signal);
  };
  const native = await openEngine('auto', asInstalled);
  expect([native.engine.name, native.note]).toEqual(['native', undefined]);
  const [one, other] = [await learn(native), await learn(await openEngine('wasm', asInstalled))];
  for (const [index, value] of one.weights.entries()) {
    expect(Math.abs(value - (other.weights[index] ?? 0))).toBeLessThan(1e-4);
  }
});
