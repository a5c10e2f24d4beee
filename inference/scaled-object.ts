import type { Resource } from '../domain/component.ts';
import type { Workload } from '../domain/workload.ts';
import { toTarget, type Capacity } from './capacity.ts';
import type { ComponentSettings, ScalingOptions } from './component-settings.ts';

export type ScaledObjectWish = {
  readonly workload: Workload;
  readonly capacity: Capacity;
  readonly settings: Pick<ComponentSettings, 'minReplicas' | 'maxReplicas'>;
  readonly options: Pick<ScalingOptions, 'targetUtilization'>;
  /** Where KEDA finds our scaler: `self-scaling-adapter-keda.self-scaling.svc:6000`. */
  readonly scalerAddress: string;
  /** TriggerAuthentication beside the workload, with caCert, tlsClientCert and tlsClientKey. */
  readonly authentication: string;
};

/** KEDA asks us so often in vain before it falls back. */
const FAILURES = 3;
const SYNC_SECONDS = 15;

/**
 * The ScaledObject (keda.sh/v1alpha1) that scales a component by our forecasts, with the reactive CPU trigger
 * beside them. Without an answer of ours it holds the replicas, and never falls below the minimum.
 */
export function scaledObjectOf(wish: ScaledObjectWish) {
  const { workload, capacity, settings } = wish;
  const { key, apiVersion, kind } = workload;
  const predicted = (resource: Resource) => {
    const perPod = capacity[resource];
    if (perPod === undefined) return [];
    return [
      {
        type: 'external',
        metricType: 'AverageValue',
        metadata: {
          scalerAddress: wish.scalerAddress,
          enableTLS: 'true',
          component: key.component,
          ...(workload.otherKinds.length === 0 ? {} : { kind }),
          resource,
          target: toTarget(resource, perPod),
        },
        authenticationRef: { name: wish.authentication },
      },
    ];
  };
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: key.component, namespace: key.namespace },
    spec: {
      scaleTargetRef: { apiVersion, kind, name: key.component },
      minReplicaCount: settings.minReplicas,
      maxReplicaCount: settings.maxReplicas,
      pollingInterval: SYNC_SECONDS,
      fallback: {
        failureThreshold: FAILURES,
        replicas: settings.minReplicas,
        behavior: 'currentReplicasIfHigher',
      },
      triggers: [...predicted('cpu'), ...predicted('memory'), ...reactiveCpu(wish)],
    },
  };
}

function reactiveCpu({ workload, options }: ScaledObjectWish) {
  // One container without the request, and the HPA would err for ever.
  if (!((workload.requests.cpu ?? 0) > 0)) return [];
  const value = String(Math.max(1, Math.round(options.targetUtilization.cpu * 100)));
  return [{ type: 'cpu', metricType: 'Utilization', metadata: { value } }];
}
