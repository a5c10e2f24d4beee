import type { ComponentKey } from './component.ts';
import type { Readiness } from './readiness.ts';
import type { Bytes, Cores, EpochMs } from './units.ts';

/** Who said whether a component is managed; the first that speaks wins, in this order. */
export type ManagedBy = 'rest' | 'label' | 'namespace' | 'default';

export type Condition = {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

/** One component as people see it now: the workload, what it uses and what became of its HPA. */
export type ComponentView = {
  readonly key: ComponentKey;
  readonly kind: string;
  readonly apiVersion: string;
  /** Other kinds of workload of this name in the namespace. */
  readonly otherKinds: readonly string[];
  readonly managed: boolean;
  readonly managedBy: ManagedBy;
  /** `spec.replicas` */
  readonly replicas: number;
  readonly replicasReady: number;
  /** The last sample; absent while none has been taken. */
  readonly usage?: { readonly cpu: Cores; readonly memory: Bytes; readonly at: EpochMs };
  /** Ours; absent where there is none. */
  readonly hpa?: {
    readonly name: string;
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
  };
  /** How much is known of it; absent until its history has been read. */
  readonly readiness?: Readiness;
  readonly conditions: readonly Condition[];
};
