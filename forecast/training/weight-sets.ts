import type { Json } from '../../domain/settings.ts';
import { days, epochMs, type EpochMs } from '../../domain/units.ts';
import { parseWeights, weightsFileOf, type NetworkWeights } from '../models/network-weights.ts';

/** Weights that were learnt on this cluster, and where they come from. */
export type WeightSet = {
  /** Id of the run that made them. */
  readonly run: string;
  readonly at: EpochMs;
  readonly weights: NetworkWeights;
};

/** How the network did in service with some weights. */
export type LiveSkill = {
  /** Of the set's run; absent = the shipped weights. */
  readonly run?: string;
  /** Median over series of the quantile loss / seasonal naive's. */
  readonly relSQL: number;
};

/** Under which name the sets stand among the settings. */
export const WEIGHT_SETS = 'network-weights';
const MOST_SETS = 3;
const TIME_TO_PROVE_ITSELF = days(3);
/** By how much weights may do worse than those before them; less is chance. */
const LARGEST_RATIO = 1.1;

/** The newest first, at most three. */
export const withSet = (sets: readonly WeightSet[], newest: WeightSet): WeightSet[] =>
  [newest, ...sets].slice(0, MOST_SETS);

/** Those in force: the newest, or the shipped ones. */
export const weightsInForce = (
  [newest]: readonly WeightSet[],
  shipped: NetworkWeights,
): NetworkWeights => newest?.weights ?? shipped;

/**
 * The sets without the newest when it has done clearly worse in service than what was in force before it, after it had
 * three days to prove itself; otherwise the same.
 */
export function afterRollback(
  sets: readonly WeightSet[],
  live: readonly LiveSkill[],
  now: EpochMs,
): readonly WeightSet[] {
  const [newest, before] = sets;
  if (newest === undefined || now - newest.at < TIME_TO_PROVE_ITSELF) return sets;
  const own = live.find(({ run }) => run === newest.run);
  const other = live.find(({ run }) => run === before?.run);
  if (own === undefined || other === undefined) return sets;
  return own.relSQL > LARGEST_RATIO * other.relSQL ? sets.slice(1) : sets;
}

/** As they stand in the store: some 19 kB each. */
export const toJson = (sets: readonly WeightSet[]): Json =>
  sets.map(({ run, at, weights }) => ({ run, at, ...weightsFileOf(weights) }));

/** What stands in the store; what is broken, or of another version of the network, is left out. */
export function weightSetsIn(value: unknown): WeightSet[] {
  return Array.isArray(value) ? value.flatMap(setOf) : [];
}

function setOf(value: unknown): WeightSet[] {
  const { run, at, ...file } = membersOf(value);
  if (typeof run !== 'string' || typeof at !== 'number') return [];
  try {
    return [{ run, at: epochMs(at), weights: parseWeights(file) }];
  } catch {
    return [];
  }
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
