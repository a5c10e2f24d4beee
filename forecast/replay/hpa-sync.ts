import { parseQuantity } from '../../domain/quantity.ts';
import {
  averageValueReplicas,
  highestProposal,
  utilizationReplicas,
  type Tolerance,
} from '../../domain/replicas.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { HpaSpec, MetricSpec } from '../../domain/hpa.ts';
import type { PodRequests } from '../../domain/workload.ts';
import type { Demand } from './component-trace.ts';
import { longestWindow, stabilized, withProposal, type Proposal } from './stabilization.ts';

/** What the HPA controller of a simulated cluster sees of one scale target. */
export type Observed = {
  /** `spec.replicas` */
  readonly wanted: number;
  /** Pods that exist. */
  readonly existing: number;
  readonly ready: number;
  readonly requests: PodRequests;
  /** Summed over the ready pods. */
  readonly usage: Demand | undefined;
  readonly external: (name: string, labels: Readonly<Record<string, string>>) => number | undefined;
};

export type Sync = {
  readonly replicas: number;
  readonly because: string;
  /** The first metric without a value, when that kept the HPA from deciding. */
  readonly blockedBy?: MetricSpec;
  /** To be handed to the next sync. */
  readonly proposals: readonly Proposal[];
};

const DEFAULT_TOLERANCE = 0.1;

/**
 * One sync of one HPA of the demo: the exact arithmetic of metrics, stabilisation and bounds, but neither rate policies nor
 * pods that are starting, which only the replay plays (`hpa-rules.ts`).
 *
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/horizontal.go
 */
export function syncHpa(
  spec: HpaSpec,
  seen: Observed,
  earlier: readonly Proposal[],
  now: EpochMs,
): Sync {
  const { minReplicas, maxReplicas, behavior } = spec;
  const { wanted } = seen;
  const bounded = Math.min(maxReplicas, Math.max(minReplicas, wanted));
  const stays = { replicas: wanted, proposals: earlier };
  if (wanted === 0) return { ...stays, because: 'scaling is disabled at no replicas' };
  if (bounded !== wanted) return { ...stays, replicas: bounded, because: 'out of its bounds' };
  if (spec.metrics.length === 0) return { ...stays, because: 'no metric is asked for' };
  const asked = spec.metrics.map((metric) => ({
    metric,
    replicas: proposalOf(metric, spec, seen),
  }));
  const highest = highestProposal(
    asked.map(({ replicas }) => replicas),
    wanted,
  );
  if (highest === undefined) {
    const blockedBy = asked.find(({ replicas }) => replicas === undefined)?.metric;
    const because = `no scale-down without ${blockedBy ? nameOf(blockedBy) : 'a metric'}`;
    return { ...stays, ...(blockedBy ? { blockedBy } : {}), because };
  }
  const stable = stabilized(highest, wanted, earlier, behavior, now);
  const winner = asked.find(({ replicas }) => replicas === highest)?.metric;
  return {
    replicas: Math.min(maxReplicas, Math.max(minReplicas, stable)),
    because: `${winner ? nameOf(winner) : 'a metric'} asks for ${highest}`,
    proposals: withProposal(earlier, { at: now, replicas: highest }, longestWindow(behavior)),
  };
}

export const nameOf = (metric: MetricSpec): string =>
  metric.type === 'External' ? metric.external.metric.name : metric.resource.name;

function proposalOf(metric: MetricSpec, spec: HpaSpec, seen: Observed): number | undefined {
  return metric.type === 'External'
    ? externalProposal(metric.external, spec, seen)
    : resourceProposal(metric.resource, spec, seen);
}

/** The controller divides whole milli-units: 0.9 / 0.3 is 3, not a little more. */
const inMilli = (value: number): number => Math.ceil(Number((value * 1000).toFixed(6)));

type External = Extract<MetricSpec, { type: 'External' }>['external'];
type Resource = Extract<MetricSpec, { type: 'Resource' }>['resource'];

function externalProposal(
  { metric, target }: External,
  spec: HpaSpec,
  { existing, external }: Observed,
): number | undefined {
  const value = external(metric.name, metric.selector.matchLabels);
  const average = parseQuantity(target.averageValue);
  if (value === undefined || average === undefined) return undefined;
  return averageValueReplicas(inMilli(value), inMilli(average), existing, toleranceOf(spec));
}

/** All pods that are ready count, whenever they became so. */
function resourceProposal(
  { name, target }: Resource,
  spec: HpaSpec,
  { requests, ready, usage, wanted }: Observed,
): number | undefined {
  const request = requests[name];
  if (request === undefined || usage === undefined) return undefined;
  const pods = { counted: ready, usage: usage[name], unready: 0, missing: 0, request };
  return utilizationReplicas(pods, target.averageUtilization, wanted, toleranceOf(spec));
}

const toleranceOf = ({ behavior }: HpaSpec): Tolerance => ({
  up: parseQuantity(behavior.scaleUp.tolerance ?? '') ?? DEFAULT_TOLERANCE,
  down: parseQuantity(behavior.scaleDown.tolerance ?? '') ?? DEFAULT_TOLERANCE,
});
