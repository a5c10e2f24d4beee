import type { ScalingRules } from '../../domain/hpa.ts';
import { epochMs, seconds, type DurationMs, type EpochMs } from '../../domain/units.ts';

/** What was proposed at which sync. */
export type Proposal = { readonly at: EpochMs; readonly replicas: number };

type Behavior = { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules };

/**
 * With a behavior: `wanted`, raised to the lowest proposal of the up window if it is below it, then lowered to the
 * highest of the down window. The windows hold what is strictly younger than their length, and `proposed`.
 */
export function stabilized(
  proposed: number,
  wanted: number,
  earlier: readonly Proposal[],
  { scaleUp, scaleDown }: Behavior,
  now: EpochMs,
): number {
  const upFrom = now - seconds(scaleUp.stabilizationWindowSeconds);
  const downFrom = now - seconds(scaleDown.stabilizationWindowSeconds);
  let lowest = proposed;
  let highest = proposed;
  for (const { at, replicas } of earlier) {
    if (at > upFrom) lowest = Math.min(lowest, replicas);
    if (at > downFrom) highest = Math.max(highest, replicas);
  }
  return Math.min(Math.max(wanted, lowest), highest);
}

/** Without a behavior: the highest proposal of the window, its oldest instant included, also when rising. */
export function highestWithin(
  proposed: number,
  earlier: readonly Proposal[],
  window: DurationMs,
  now: EpochMs,
): number {
  return earlier.reduce(
    (highest, { at, replicas }) => (at >= now - window ? Math.max(highest, replicas) : highest),
    proposed,
  );
}

/** Forgets what no window of this length can hold any more, and adds the newest. */
export const withProposal = (
  earlier: readonly Proposal[],
  newest: Proposal,
  longest: DurationMs,
): readonly Proposal[] => {
  const from = epochMs(newest.at - longest);
  return [...earlier.filter(({ at }) => at >= from), newest];
};

export const longestWindow = ({ scaleUp, scaleDown }: Behavior): DurationMs =>
  seconds(Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds));
