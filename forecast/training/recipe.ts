import { seededRandom, type Random } from '../../domain/random.ts';
import { pick } from './chance.ts';
import type { TrainedWeights, TrainingEngine } from './engine.ts';
import { startWeights } from './start-weights.ts';
import { syntheticPool } from './synthetic-pool.ts';
import type { Example } from './synthetic.ts';
import type { TraceSet } from './traces.ts';
import { windowRows } from './windows.ts';

/** All that decides about the result, to the bit on one machine class. */
export type Recipe = {
  readonly seed: number;
  readonly hidden: number;
  readonly steps: number;
  readonly rate: number;
  /** Of the windows, from traces; the others are synthetic. */
  readonly shareReal: number;
};

const SYNTHETIC_SERIES = 4000;

/** Trains a network from nothing on synthetic series, mixed with traces where there are any. */
export async function pretrained(
  engine: TrainingEngine,
  recipe: Recipe,
  sets: readonly TraceSet[],
  signal: AbortSignal,
): Promise<TrainedWeights> {
  const { seed, hidden, steps, rate } = recipe;
  const random = seededRandom(seed);
  const used = sets.filter(({ examples }) => examples.length > 0);
  const real = fromTraces(used);
  const synthetic = syntheticPool(SYNTHETIC_SERIES);
  const shareReal = used.length === 0 ? 0 : recipe.shareReal;
  const rows = windowRows((source) => {
    const example = source() < shareReal ? real(source) : undefined;
    return example ?? synthetic(source);
  }, random);
  const weights = startWeights(hidden, random);
  return await engine.train({ hidden, weights, rows, steps, rate }, signal);
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
