import type { ComponentKey } from './component.ts';
import type { Bytes, Cores } from './units.ts';

/** What one pod asks for, summed over its containers (init containers that end are not counted). */
export type PodRequests = {
  /** `undefined` unless EVERY container has the request: the HPA's own rule for Utilization. */
  readonly cpu?: Cores;
  readonly memory?: Bytes;
  /** Containers without a request, by resource, for the remedy. */
  readonly missing: readonly { readonly container: string; readonly resource: 'cpu' | 'memory' }[];
};

/** What a label says, and on which object it stands. */
export type ManagedByLabel = {
  readonly managed: boolean;
  readonly on: 'workload' | 'namespace';
};

/** The Kubernetes object that runs a component. */
export type Workload = {
  readonly key: ComponentKey;
  /** `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
  /** What the label on the workload says, else the one on its namespace; absent when neither speaks. */
  readonly managedByLabel?: ManagedByLabel;
  readonly annotations: Readonly<Record<string, string>>;
  /** `spec.replicas` */
  readonly replicas: number;
  readonly replicasReady: number;
  readonly requests: PodRequests;
  /** Other kinds of workload of this name in the namespace. */
  readonly otherKinds: readonly string[];
};
