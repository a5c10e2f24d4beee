/**
 * Trains the network that is shipped, and writes it as a module. Run with `npm run pretrain -- --traces FOLDER`.
 * The same seed and traces give the same bits on one machine class.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom, type Random } from '../../domain/random.ts';
import { FEATURES } from '../models/network-features.ts';
import { pick, whole } from './chance.ts';
import { openWasmEngine } from './engine-wasm.ts';
import { syntheticExample } from './generators.ts';
import { startWeights } from './start-weights.ts';
import type { Example } from './synthetic.ts';
import { readTraces, type TraceSet } from './traces.ts';
import { windowRows } from './windows.ts';

const WINDOWS_OF_AN_EXAMPLE = 8;
const POOL = 4000;
const MICROSECONDS = 1e6;

const { values: options } = parseArgs({
  options: {
    traces: { type: 'string' },
    without: { type: 'string', default: '' },
    hidden: { type: 'string', default: '32' },
    steps: { type: 'string', default: '4000' },
    rate: { type: 'string', default: '0.003' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '0.5' },
    output: { type: 'string', default: 'forecast/models/shipped-weights.ts' },
  },
});

/** Grows to {@link POOL} series while training goes on: each is used some times, and then again. */
function syntheticPool(): (random: Random) => Example {
  const pool: Example[] = [];
  let draws = 0;
  return (random) => {
    draws += 1;
    if (pool.length < POOL && draws % WINDOWS_OF_AN_EXAMPLE === 1)
      pool.push(syntheticExample(random));
    return pool[whole(random, 0, pool.length - 1)] ?? syntheticExample(random);
  };
}

/** Large sets are drawn oftener, but not in proportion: many of their series are alike. */
function fromTraces(sets: readonly TraceSet[]): (random: Random) => Example | undefined {
  const shares = sets.map(({ examples }) => Math.sqrt(examples.length));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return (random) => {
    let left = random() * total;
    const set = sets.find((_, index) => (left -= shares[index] ?? 0) < 0);
    const [first, ...others] = set?.examples ?? [];
    return first && pick(random, [first, ...others]);
  };
}

const [hidden, steps, seed] = [Number(options.hidden), Number(options.steps), Number(options.seed)];
const random = seededRandom(seed);
const left = options.without.split(',');
const sets = options.traces === undefined ? [] : readTraces(options.traces);
const real = fromTraces(
  sets.filter(({ name, examples }) => !left.includes(name) && examples.length > 0),
);
const synthetic = syntheticPool();
const shareReal = sets.length === 0 ? 0 : Number(options.share);
const rows = windowRows((source) => {
  const example = source() < shareReal ? real(source) : undefined;
  return example ?? synthetic(source);
}, random);

const engine = await openWasmEngine();
const began = process.cpuUsage();
const trained = await engine.train(
  { hidden, weights: startWeights(hidden, random), rows, steps, rate: Number(options.rate) },
  new AbortController().signal,
);
const { user, system } = process.cpuUsage(began);

const bytes = Buffer.from(trained.weights.buffer);
writeFileSync(
  options.output,
  `// Written by \`npm run pretrain\`: see docs/MODEL_CARD.md.
import type { WeightsFile } from './network-weights.ts';

export const SHIPPED_WEIGHTS: WeightsFile = {
  v: 1,
  features: '${FEATURES}',
  levels: [${LEVELS.join(', ')}],
  hidden: ${hidden},
  seed: ${seed},
  values:
    '${bytes.toString('base64')}',
};
`,
);
process.stdout.write(
  `${JSON.stringify({
    loss: trained.loss,
    tensors: trained.tensors,
    cpuSeconds: (user + system) / MICROSECONDS,
    residentMB: process.memoryUsage().rss / 2 ** 20,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    options,
  })}\n`,
);
