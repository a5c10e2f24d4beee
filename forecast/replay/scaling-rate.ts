import type { ScalingRules } from '../../domain/hpa.ts';
import { seconds, type EpochMs } from '../../domain/units.ts';

/** A rescale that happened: how many pods were added, or removed. */
export type Rescale = { readonly at: EpochMs; readonly pods: number };

/** What a rate limit is measured by. */
export type Rescales = { readonly added: readonly Rescale[]; readonly removed: readonly Rescale[] };

type Policy = ScalingRules['policies'][number];
type Proposed = (before: number, policy: Policy) => number;

/** The most replicas that these rules allow now; never below `wanted`. */
export function upLimit(
  wanted: number,
  rescales: Rescales,
  rules: ScalingRules,
  now: EpochMs,
): number {
  const proposed: Proposed = (before, { type, value }) =>
    type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
  const [lowest, highest] = extremes(wanted, rescales, rules, now, proposed);
  if (rules.selectPolicy === 'Disabled') return wanted;
  return Math.max(wanted, rules.selectPolicy === 'Min' ? lowest : highest);
}

/** The fewest replicas that these rules allow now; never above `wanted`. */
export function downLimit(
  wanted: number,
  rescales: Rescales,
  rules: ScalingRules,
  now: EpochMs,
): number {
  const proposed: Proposed = (before, { type, value }) =>
    type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
  const [lowest, highest] = extremes(wanted, rescales, rules, now, proposed);
  if (rules.selectPolicy === 'Disabled') return wanted;
  return Math.min(wanted, rules.selectPolicy === 'Min' ? highest : lowest);
}

/** A policy starts from what ran before its period: `wanted` without what the period added and removed. */
function extremes(
  wanted: number,
  { added, removed }: Rescales,
  { policies }: ScalingRules,
  now: EpochMs,
  proposed: Proposed,
): readonly [number, number] {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const policy of policies) {
    const from = now - seconds(policy.periodSeconds);
    const limit = proposed(wanted - podsSince(added, from) + podsSince(removed, from), policy);
    lowest = Math.min(lowest, limit);
    highest = Math.max(highest, limit);
  }
  return [lowest, highest];
}

const podsSince = (rescales: readonly Rescale[], from: number): number =>
  rescales.reduce((sum, { at, pods }) => (at > from ? sum + pods : sum), 0);

/**
 * Remembers a rescale as the controller does: in the place of the last one that is older than the longest period of ITS OWN
 * direction, although a longer period of the other direction may still have counted that.
 */
export function withRescale(
  earlier: readonly Rescale[],
  rescale: Rescale,
  { policies }: ScalingRules,
): readonly Rescale[] {
  const longest = Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds));
  const place = earlier.findLastIndex(({ at }) => at < rescale.at - seconds(longest));
  return place === -1 ? [...earlier, rescale] : earlier.with(place, rescale);
}
