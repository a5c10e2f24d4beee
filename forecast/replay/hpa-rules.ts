import type { HpaSpec } from '../../domain/hpa.ts';
import { highestProposal } from '../../domain/replicas.ts';
import type { DurationMs, EpochMs } from '../../domain/units.ts';
import { downLimit, upLimit, withRescale, type Rescales } from './scaling-rate.ts';
import {
  highestWithin,
  longestWindow,
  stabilized,
  withProposal,
  type Proposal,
} from './stabilization.ts';

/** What an HPA says beside its metrics. */
export type HpaRules = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Absent = not written; the API server fills in defaults only where something is. */
  readonly behavior?: HpaSpec['behavior'];
  /** Of the controller manager, for HPAs without a behavior: 300 s unless set there. */
  readonly downscaleStabilization: DurationMs;
};

/** What the controller remembers of one HPA from sync to sync. */
export type HpaMemory = Rescales & { readonly proposals: readonly Proposal[] };

export type Decided = { readonly replicas: number; readonly memory: HpaMemory };

/**
 * One sync of one HPA, exactly as the controller of Kubernetes 1.36 does it.
 *
 * @param wanted    `spec.replicas`
 * @param proposals what each metric asks for; `undefined` = that metric could not be read.
 * @param memory    what the sync before left; absent at the first one.
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/horizontal.go
 */
export function syncExactly(
  rules: HpaRules,
  wanted: number,
  proposals: readonly (number | undefined)[],
  memory: HpaMemory | undefined,
  now: EpochMs,
): Decided {
  const before = memory ?? begun(wanted, now);
  const { minReplicas, maxReplicas } = rules;
  if (wanted === 0) return { replicas: 0, memory: before };
  const bounded = Math.min(maxReplicas, Math.max(minReplicas, wanted));
  if (bounded !== wanted) return rescaled(rules, wanted, bounded, before, now);
  const proposed = highestProposal(proposals, wanted);
  if (proposed === undefined) return { replicas: wanted, memory: before };
  const replicas = normalized(rules, wanted, proposed, before, now);
  const longest = rules.behavior ? longestWindow(rules.behavior) : rules.downscaleStabilization;
  const newest = { at: now, replicas: proposed };
  const after = { ...before, proposals: withProposal(before.proposals, newest, longest) };
  return rescaled(rules, wanted, replicas, after, now);
}

/** The first sync remembers what was there, as if somebody had proposed it. */
const begun = (wanted: number, at: EpochMs): HpaMemory => ({
  proposals: [{ at, replicas: wanted }],
  added: [],
  removed: [],
});

function normalized(
  { minReplicas, maxReplicas, behavior, downscaleStabilization }: HpaRules,
  wanted: number,
  proposed: number,
  memory: HpaMemory,
  now: EpochMs,
): number {
  const { proposals } = memory;
  if (behavior === undefined) {
    const held = highestWithin(proposed, proposals, downscaleStabilization, now);
    const limit = Math.min(maxReplicas, Math.max(2 * wanted, 4));
    return held < minReplicas ? minReplicas : Math.min(held, limit);
  }
  const stable = stabilized(proposed, wanted, proposals, behavior, now);
  if (stable > wanted) {
    return Math.min(stable, maxReplicas, upLimit(wanted, memory, behavior.scaleUp, now));
  }
  if (stable === wanted) return wanted;
  return Math.max(stable, minReplicas, downLimit(wanted, memory, behavior.scaleDown, now));
}

/** Rescales are remembered for rate limits, so only where there is a behavior. */
function rescaled(
  { behavior }: HpaRules,
  wanted: number,
  replicas: number,
  memory: HpaMemory,
  at: EpochMs,
): Decided {
  if (replicas === wanted || behavior === undefined) return { replicas, memory };
  const rescale = { at, pods: Math.abs(replicas - wanted) };
  const after =
    replicas > wanted
      ? { ...memory, added: withRescale(memory.added, rescale, behavior.scaleUp) }
      : { ...memory, removed: withRescale(memory.removed, rescale, behavior.scaleDown) };
  return { replicas, memory: after };
}
