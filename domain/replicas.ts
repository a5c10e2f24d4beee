/**
 * How a HorizontalPodAutoscaler turns one metric into replicas, to the letter of Kubernetes 1.36.
 *
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/replica_calculator.go
 */

/** Shares by which a ratio may miss 1 without anything happening. */
export type Tolerance = { readonly up: number; readonly down: number };

/** The pods of a scale target as the Resource metric sees them; pods that are going away are in none of the groups. */
export type PodTally = {
  /** Pods whose usage counts. */
  readonly counted: number;
  /** Summed over the counted pods, whole units (such as milli-cores). */
  readonly usage: number;
  /** Pods that are starting. */
  readonly unready: number;
  /** Pods that run, but are not reported. */
  readonly missing: number;
  /** What each pod asks for, whole units. */
  readonly request: number;
};

const isWithin = (ratio: number, { up, down }: Tolerance): boolean =>
  1 - down <= ratio && ratio <= 1 + up;

/**
 * An External metric with an AverageValue: readiness plays no part.
 *
 * @param total    the metric, whole units.
 * @param each     the target for one pod, whole units.
 * @param existing `status.replicas`; with 0, every need is outside the tolerance.
 */
export function averageValueReplicas(
  total: number,
  each: number,
  existing: number,
  tolerance: Tolerance,
): number {
  return isWithin(total / (each * existing), tolerance) ? existing : Math.ceil(total / each);
}

/**
 * A Resource metric with a Utilization: pods that are starting count as idle on the way up, pods without a report as idle on
 * the way up and as busy on the way down, and neither ever turns the direction.
 *
 * @param target per cent of the request.
 * @param wanted `spec.replicas`
 * @returns `undefined` when no pod counts: the metric is invalid.
 */
export function utilizationReplicas(
  pods: PodTally,
  target: number,
  wanted: number,
  tolerance: Tolerance,
): number | undefined {
  if (pods.counted === 0 || pods.request === 0) return undefined;
  const ratio = ratioOf(pods.usage, pods.counted * pods.request, target);
  const unready = ratio > 1 ? pods.unready : 0;
  if (unready === 0 && pods.missing === 0) {
    return isWithin(ratio, tolerance) ? wanted : Math.ceil(ratio * pods.counted);
  }
  const all = withOthers({ ...pods, unready }, ratio, target);
  const second = ratioOf(all.usage, all.counted * pods.request, target);
  if (isWithin(second, tolerance) || isTurned(ratio, second)) return wanted;
  const replicas = Math.ceil(second * all.counted);
  return isTurned(second, replicas / wanted) ? wanted : replicas;
}

const isTurned = (before: number, after: number): boolean =>
  (before < 1 && after > 1) || (before > 1 && after < 1);

/** Whole per cent: the controller cuts what is behind the point. */
const ratioOf = (usage: number, requests: number, target: number): number =>
  Math.trunc((usage * 100) / requests) / target;

/** The pods again, with those that cannot be measured; exactly on target, none that merely runs is asked. */
function withOthers(
  { counted, usage, unready, missing, request }: PodTally,
  ratio: number,
  target: number,
) {
  if (ratio === 1) return { counted, usage };
  const busy = Math.trunc((request * Math.max(100, target)) / 100);
  return {
    counted: counted + unready + missing,
    usage: usage + (ratio < 1 ? missing * busy : 0),
  };
}

/**
 * The highest of the proposals; `undefined` = nothing may happen: all are missing, or one is and the others would go below
 * `wanted`.
 */
export function highestProposal(
  proposals: readonly (number | undefined)[],
  wanted: number,
): number | undefined {
  const known = proposals.filter((proposal) => proposal !== undefined);
  if (known.length === 0) return undefined;
  const highest = Math.max(...known);
  return known.length < proposals.length && highest < wanted ? undefined : highest;
}
