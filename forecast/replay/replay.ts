import { parseQuantity } from '../../domain/quantity.ts';
import {
  averageValueReplicas,
  utilizationReplicas,
  type Tolerance,
} from '../../domain/replicas.ts';
import {
  bucketStart,
  epochMs,
  seconds,
  STEP,
  type DurationMs,
  type EpochMs,
} from '../../domain/units.ts';
import { costMeter, TICKS_A_DAY, type Cost, type Moment } from './cost.ts';
import { syncExactly, type HpaMemory, type HpaRules } from './hpa-rules.ts';
import { countOf, readyOf, resized, tallyOf, type Batch } from './pods.ts';
import type { HpaPolicy, Policy } from './policies.ts';
import { TICK, type Trace } from './trace.ts';

/** What a replay takes for granted. */
export type Assumptions = {
  /** What a pod carries when it is full: its request. */
  readonly capacity: number;
  /** From creation to Ready. */
  readonly podStart: DurationMs;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Usage above this share of a pod's capacity is not seen; absent = all of it is. */
  readonly limitRatio?: number;
  /** Ticks before the first that is played and scored. */
  readonly warmUp: number;
};

const WARM_UP_DAYS = 7;
/** Pods and fullness of the mean of the warm-up, which a pod's capacity is made of. */
const USUAL_PODS = 10;
const FULLNESS = 0.75;

/** Seven days, or half of a trace that has not twice that. */
export const warmUpOf = ({ demand }: Trace): number =>
  Math.min(WARM_UP_DAYS * TICKS_A_DAY, Math.floor(demand.length / 2));

/** Such that the mean demand of the warm-up takes ten pods at 75 %. */
export function capacityOf({ demand }: Trace, warmUp: number): number {
  const before = demand.subarray(0, warmUp);
  return before.reduce((sum, value) => sum + value, 0) / warmUp / (USUAL_PODS * FULLNESS);
}

/**
 * Plays one policy on one trace: a sync every 15 s, on demand that does not depend on it.
 *
 * @param tell hears of every tick that is scored.
 */
export function replay(
  trace: Trace,
  policy: Policy,
  assumptions: Assumptions,
  tell?: (moment: Moment) => void,
): Cost {
  const { podStart, capacity, warmUp } = assumptions;
  const decide = decider(trace, policy, assumptions);
  const meter = costMeter();
  const begun = epochMs(trace.start + warmUp * TICK - podStart);
  let pods = resized([], replicasAtFirst(trace, policy, assumptions), begun);
  for (let tick = warmUp; tick < trace.demand.length; tick += 1) {
    const at = epochMs(trace.start + tick * TICK);
    const before = countOf(pods);
    const wanted = decide(tick, pods);
    if (wanted !== before) pods = resized(pods, wanted, at);
    if (trace.observed[tick] === 0) continue;
    const moment: Moment = {
      at,
      demand: trace.demand[tick] ?? 0,
      pods: wanted,
      capacity: readyOf(pods, podStart, at) * capacity,
      isRescaled: wanted !== before,
    };
    meter.add(moment);
    tell?.(moment);
  }
  return meter.cost();
}

type Decide = (tick: number, pods: readonly Batch[]) => number;

function decider(trace: Trace, policy: Policy, assumptions: Assumptions): Decide {
  if (policy.kind === 'hpa') return hpaDecider(trace, policy.hpa, assumptions);
  const replicas = replicasAtFirst(trace, policy, assumptions);
  return () => replicas;
}

/** As many as carry the first demand at 75 %; where nothing ever moves, the highest demand of the warm-up. */
function replicasAtFirst(
  { demand }: Trace,
  { kind }: Policy,
  { capacity, minReplicas, maxReplicas, warmUp }: Assumptions,
): number {
  const before = demand.subarray(0, warmUp);
  const need =
    kind === 'fixed' ? before.reduce((a, b) => Math.max(a, b), 0) : (demand[warmUp] ?? 0);
  const replicas = Math.ceil(need / (FULLNESS * capacity));
  return Math.min(maxReplicas, Math.max(minReplicas, replicas));
}

/** The controller's own tolerance, where the behavior says nothing else. */
const TOLERANCE = 0.1;
const toleranceOf = ({ behavior }: HpaPolicy): Tolerance => ({
  up: parseQuantity(behavior?.scaleUp.tolerance ?? '') ?? TOLERANCE,
  down: parseQuantity(behavior?.scaleDown.tolerance ?? '') ?? TOLERANCE,
});
/** Usage is told in whole parts of a pod's capacity, as metrics are whole milli-units. */
const PARTS = 1_000_000;

function hpaDecider(trace: Trace, policy: HpaPolicy, assumptions: Assumptions): Decide {
  const { capacity, podStart } = assumptions;
  const { external } = policy;
  const tolerance = toleranceOf(policy);
  const proposalOf = ({ target, served }: External, now: EpochMs, existing: number) => {
    const value = served(now);
    const each = Math.round((target / 100) * PARTS);
    return value === undefined
      ? undefined
      : averageValueReplicas(inParts(value / capacity), each, existing, tolerance);
  };
  let memory: HpaMemory | undefined;
  const rulesAt = boundsOf(policy, assumptions);
  return (tick, pods) => {
    const now = epochMs(trace.start + tick * TICK);
    const wanted = countOf(pods);
    const ready = readyOf(pods, podStart, now);
    const limit = (assumptions.limitRatio ?? Infinity) * ready * PARTS;
    const usage = Math.min(limit, (usageSeen(trace, tick) / capacity) * PARTS);
    const tally = tallyOf(pods, usage, PARTS, podStart, now);
    const resource = utilizationReplicas(tally, policy.resourceTarget, wanted, tolerance);
    const proposals =
      external === undefined ? [resource] : [proposalOf(external, now, wanted), resource];
    const decided = syncExactly(rulesAt(now), wanted, proposals, memory, now);
    memory = decided.memory;
    return decided.replicas;
  };
}

/** metrics-server's delay: the mean of the 30 s that ended 15 s ago. */
const usageSeen = ({ demand }: Trace, tick: number): number =>
  ((demand[Math.max(0, tick - 3)] ?? 0) + (demand[Math.max(0, tick - 2)] ?? 0)) / 2;

type External = NonNullable<HpaPolicy['external']>;

/** Quantities are rounded up. */
const inParts = (pods: number): number => Math.ceil(Number((pods * PARTS).toFixed(3)));

const DOWNSCALE_STABILIZATION = seconds(300);
/** Between the bounds that are patched. */
const ROOM = 3;

/** The bounds of the HPA; where they are patched, by the original's rule, each quarter of an hour. */
function boundsOf(
  { behavior, bounds }: HpaPolicy,
  { minReplicas, maxReplicas, capacity }: Assumptions,
): (now: EpochMs) => HpaRules {
  const fixed: HpaRules = {
    minReplicas,
    maxReplicas,
    ...(behavior ? { behavior } : {}),
    downscaleStabilization: DOWNSCALE_STABILIZATION,
  };
  if (bounds === undefined) return () => fixed;
  let patched = { ...fixed };
  let patchedFor = -1;
  return (now) => {
    const step = bucketStart(now, STEP);
    if (step === patchedFor) return patched;
    const need = bounds(now);
    // Unknown leaves the bounds alone.
    if (need === undefined) return patched;
    patchedFor = step;
    const minimum = Math.floor(need / capacity / FULLNESS) + 1;
    const lower = Math.min(Math.max(minimum, minReplicas), maxReplicas - ROOM);
    patched = { ...fixed, minReplicas: Math.max(1, lower), maxReplicas: Math.max(1, lower) + ROOM };
    return patched;
  };
}
