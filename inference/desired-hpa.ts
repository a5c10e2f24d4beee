import type { Resource } from '../domain/component.ts';
import {
  COMPONENT_LABEL,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  type Bound,
  type DesiredHpa,
  type FoundHpa,
  type HpaSpec,
  type MetricSpec,
} from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';
import { toTarget, type Capacity } from './capacity.ts';
import type { ComponentSettings, ScalingOptions } from './component-settings.ts';
import { isTheirs } from './ownership.ts';

export type Wish = {
  readonly workload: Workload;
  readonly capacity: Capacity;
  readonly settings: ComponentSettings;
  readonly options: ScalingOptions;
  /** Our HPA as it is. */
  readonly ours: FoundHpa | undefined;
  readonly name: string;
};

const MS_A_SECOND = 1000;

/**
 * The HPA that should be: forecasts first, then the reactive metrics, cpu last, because an object that was
 * once stored as v1 comes back in that order.
 */
export function desiredHpa(wish: Wish): DesiredHpa {
  const { workload, name } = wish;
  const { apiVersion, kind, uid, key } = workload;
  const target = { apiVersion, kind, name: key.component };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name,
      namespace: key.namespace,
      labels: { [MANAGED_BY_LABEL]: FIELD_MANAGER, [COMPONENT_LABEL]: key.component },
      ownerReferences: [{ ...target, uid }],
    },
    spec: {
      scaleTargetRef: target,
      ...boundsOf(wish),
      metrics: metricsOf(wish),
      behavior: behaviorOf(wish.options),
    },
  };
}

function metricsOf({ workload, capacity, options }: Wish): readonly MetricSpec[] {
  const { key, kind, otherKinds, requests } = workload;
  const matchLabels =
    otherKinds.length === 0 ? { component: key.component } : { component: key.component, kind };
  const predicted = (resource: Resource): MetricSpec[] => {
    const perPod = capacity[resource];
    if (perPod === undefined) return [];
    const metric = { name: `predicted-${resource}`, selector: { matchLabels } };
    const averageValue = toTarget(resource, perPod);
    return [
      { type: 'External', external: { metric, target: { type: 'AverageValue', averageValue } } },
    ];
  };
  const reactive = (resource: Resource): MetricSpec[] => {
    // One container without the request, and the HPA would err for ever.
    if (!((requests[resource] ?? 0) > 0)) return [];
    const { targetUtilization, reactiveUtilization = targetUtilization.cpu } = options;
    const share = resource === 'cpu' ? reactiveUtilization : targetUtilization.memory;
    const averageUtilization = Math.max(1, Math.round(share * 100));
    const target = { type: 'Utilization', averageUtilization } as const;
    return [{ type: 'Resource', resource: { name: resource, target } }];
  };
  return [...predicted('cpu'), ...predicted('memory'), ...reactive('memory'), ...reactive('cpu')];
}

/**
 * Bounds come from people alone, never from a forecast. The maximum is not lowered below the replicas that
 * run now: the HPA would remove them without a look at any metric.
 */
function boundsOf({ settings, ours, workload }: Wish): Pick<HpaSpec, Bound> {
  const theirMinimum = theirs(ours, 'minReplicas');
  const theirMaximum = theirs(ours, 'maxReplicas');
  const running = Math.max(workload.replicas, ours?.currentReplicas ?? 0);
  const before = ours === undefined ? running : numberIn(ours, 'maxReplicas');
  const ceiling = Math.max(settings.maxReplicas, Math.min(running, before ?? running));
  const minReplicas = theirMinimum ?? Math.min(settings.minReplicas, theirMaximum ?? Infinity);
  return { minReplicas, maxReplicas: theirMaximum ?? Math.max(ceiling, minReplicas) };
}

const theirs = (ours: FoundHpa | undefined, bound: Bound): number | undefined =>
  ours !== undefined && isTheirs(ours, bound) ? numberIn(ours, bound) : undefined;

function numberIn(ours: FoundHpa, bound: Bound): number | undefined {
  const value = ours.spec[bound];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

const behaviorOf = ({
  tolerance,
  scaleUpTolerance = 0,
  scaleDownStabilization,
}: ScalingOptions): HpaSpec['behavior'] => ({
  scaleUp: {
    ...(tolerance ? { tolerance: toleranceOf(scaleUpTolerance) } : {}),
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 900, periodSeconds: 15 },
      { type: 'Pods', value: 10, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: Math.round(scaleDownStabilization / MS_A_SECOND),
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 20, periodSeconds: 60 },
      { type: 'Pods', value: 2, periodSeconds: 60 },
    ],
  },
});

/** As the API server writes it back: a share that is no whole number in thousandths. */
const toleranceOf = (share: number): string => {
  const milli = Math.round(share * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
};
