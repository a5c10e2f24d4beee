/**
 * Trains the network that is shipped, and writes its weights. Run with `npm run pretrain -- --help`.
 * The same seed and traces give the same bits on one machine class.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { weightsFileOf, type NetworkWeights } from '../models/network-weights.ts';
import { openWasmEngine } from './engine-wasm.ts';
import { pretrained, type Recipe } from './recipe.ts';
import { readTraces, type TraceSet } from './traces.ts';
import { weightsModule } from './weights-module.ts';

const HELP = `Trains the network that is shipped. Usage: npm run pretrain -- [options]

  --traces FOLDER         wide CSV files, one a data set; without them all series are synthetic
  --synthetic             only synthetic series, 300 steps: small, for a check of the bits
  --without NAMES         data sets that are left out, separated by commas
  --leave-one-out FOLDER  instead of one: for each data set weights that never saw it, as FOLDER/<set>.json
  --output FILE           a module, or JSON where it ends so (forecast/models/shipped-weights.ts)
  --steps N               4000
  --hidden N              32
  --rate X                highest learning rate, 0.003
  --seed N                1
  --share X               of the windows, from traces, 0.5
  --help                  this text

One line of JSON a training goes to stdout: loss, CPU seconds, memory, SHA-256 of the weights.
`;

const { values: options } = parseArgs({
  options: {
    traces: { type: 'string' },
    synthetic: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    'leave-one-out': { type: 'string' },
    output: { type: 'string', default: 'forecast/models/shipped-weights.ts' },
    steps: { type: 'string' },
    hidden: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0.003' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '0.5' },
    help: { type: 'boolean', default: false },
  },
});

const MICROSECONDS = 1e6;
const BYTES_A_MEBIBYTE = 2 ** 20;

const recipe: Recipe = {
  seed: Number(options.seed),
  hidden: Number(options.hidden),
  steps: Number(options.steps ?? (options.synthetic ? 300 : 4000)),
  rate: Number(options.rate),
  shareReal: Number(options.share),
};

async function trainOn(sets: readonly TraceSet[], output: string): Promise<void> {
  const engine = await openWasmEngine();
  const began = process.cpuUsage();
  const trained = await pretrained(engine, recipe, sets, new AbortController().signal);
  const { user, system } = process.cpuUsage(began);
  const weights: NetworkWeights = { hidden: recipe.hidden, values: trained.weights };
  const file = weightsFileOf(weights, recipe.seed);
  writeFileSync(
    output,
    output.endsWith('.json') ? `${JSON.stringify(file)}\n` : weightsModule(file),
  );
  const told = {
    output,
    sets: sets.map(({ name }) => name),
    ...recipe,
    loss: trained.loss,
    tensors: trained.tensors,
    cpuSeconds: (user + system) / MICROSECONDS,
    residentMB: process.memoryUsage().rss / BYTES_A_MEBIBYTE,
    sha256: createHash('sha256').update(Buffer.from(file.values, 'base64')).digest('hex'),
  };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

async function run(): Promise<void> {
  const left = options.without.split(',');
  const folder = options.synthetic ? undefined : options.traces;
  const sets = (folder === undefined ? [] : readTraces(folder)).filter(
    ({ name }) => !left.includes(name),
  );
  const into = options['leave-one-out'];
  if (into === undefined) {
    await trainOn(sets, options.output);
    return;
  }
  for (const { name } of sets) {
    const others = sets.filter((set) => set.name !== name);
    await trainOn(others, join(into, `${name}.json`));
  }
}

if (options.help) process.stdout.write(HELP);
else await run();
