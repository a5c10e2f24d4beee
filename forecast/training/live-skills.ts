import { quantile } from '../../domain/quantile.ts';
import { days, type EpochMs } from '../../domain/units.ts';
import type { ComponentMemory } from './choice-memory.ts';
import type { LiveSkill, WeightSet } from './weight-sets.ts';

/**
 * How the newest weights have done since they are in force, and those before them until then: the medians over series
 * of the daily losses that are remembered. Empty when nothing is remembered of either.
 */
export function liveSkills(
  [newest, before]: readonly WeightSet[],
  remembered: Iterable<ComponentMemory>,
  now: EpochMs,
): LiveSkill[] {
  if (newest === undefined) return [];
  const since = Math.floor((now - newest.at) / days(1));
  if (since === 0) return [];
  const losses = [...remembered].flatMap(({ cpu, memory }) =>
    [cpu, memory].flatMap((one) => (one === undefined ? [] : [one.losses])),
  );
  const after = losses.flatMap((one) => one.slice(-since));
  const until = losses.flatMap((one) => one.slice(0, -since));
  if (after.length === 0 || until.length === 0) return [];
  return [
    { run: newest.run, relSQL: median(after) },
    { ...(before === undefined ? {} : { run: before.run }), relSQL: median(until) },
  ];
}

const median = (values: readonly number[]): number =>
  quantile(Float64Array.from(values).toSorted(), 0.5);
