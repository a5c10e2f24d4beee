import { parseQuantity } from '../../domain/quantity.ts';
import { seconds, type DurationMs, type EpochMs } from '../../domain/units.ts';
import type { HpaSpec, MetricSpec } from '../../domain/hpa.ts';
import type { PodRequests } from '../../domain/workload.ts';
import type { Demand } from './component-trace.ts';

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

/** What was proposed at which sync. */
export type Proposal = { readonly at: EpochMs; readonly replicas: number };

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
 * One sync of one HPA, simplified: the maximum over the metrics; a metric without a value blocks scaling down;
 * scaling down waits for the highest proposal of its window; bounds. Rate policies, unready pods and metrics'
 * delay are left to the exact simulator (`forecasting.md` 16), which is not this.
 *
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/horizontal.go
 */
export function syncHpa(
  spec: HpaSpec,
  seen: Observed,
  earlier: readonly Proposal[],
  now: EpochMs,
): Sync {
  const { minReplicas, maxReplicas } = spec;
  const bounded = Math.min(maxReplicas, Math.max(minReplicas, seen.wanted));
  const stays = { replicas: seen.wanted, proposals: earlier };
  if (seen.wanted === 0) return { ...stays, because: 'scaling is disabled at no replicas' };
  if (bounded !== seen.wanted) return { ...stays, replicas: bounded, because: 'out of its bounds' };
  const asked = spec.metrics.map((metric) => ({
    metric,
    replicas: proposalOf(metric, spec, seen),
  }));
  const blockedBy = asked.find(({ replicas }) => replicas === undefined)?.metric;
  const [highest] = asked
    .flatMap(({ metric, replicas }) => (replicas === undefined ? [] : [{ metric, replicas }]))
    .toSorted((a, b) => b.replicas - a.replicas);
  if (blockedBy !== undefined && (highest?.replicas ?? 0) < seen.wanted) {
    return { ...stays, blockedBy, because: `no scale-down without ${nameOf(blockedBy)}` };
  }
  if (highest === undefined) return { ...stays, because: 'no metric is asked for' };
  const window = seconds(spec.behavior.scaleDown.stabilizationWindowSeconds);
  const proposals = [...within(earlier, window, now), { at: now, replicas: highest.replicas }];
  const held = Math.max(...proposals.map(({ replicas }) => replicas));
  const stable = Math.max(highest.replicas, Math.min(held, seen.wanted));
  return {
    replicas: Math.min(maxReplicas, Math.max(minReplicas, stable)),
    because: `${nameOf(highest.metric)} asks for ${highest.replicas}`,
    proposals,
  };
}

const within = (
  proposals: readonly Proposal[],
  window: DurationMs,
  now: EpochMs,
): readonly Proposal[] => proposals.filter(({ at }) => at > now - window && at <= now);

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
  const total = inMilli(value);
  const each = inMilli(average);
  const ratio = total / (each * existing);
  return existing > 0 && isTolerated(ratio, spec) ? existing : Math.ceil(total / each);
}

function resourceProposal(
  { name, target }: Resource,
  spec: HpaSpec,
  { requests, ready, usage, wanted }: Observed,
): number | undefined {
  const request = requests[name];
  if (request === undefined || usage === undefined || ready === 0) return undefined;
  const utilization = Math.trunc((100 * usage[name]) / (ready * request));
  const ratio = utilization / target.averageUtilization;
  return isTolerated(ratio, spec) ? wanted : Math.ceil(ratio * ready);
}

function isTolerated(ratio: number, { behavior }: HpaSpec): boolean {
  const up = parseQuantity(behavior.scaleUp.tolerance ?? '') ?? DEFAULT_TOLERANCE;
  const down = parseQuantity(behavior.scaleDown.tolerance ?? '') ?? DEFAULT_TOLERANCE;
  return ratio >= 1 - down && ratio <= 1 + up;
}
