import type { ComponentKey } from './component.ts';

export type ScaleTarget = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
};

export type MetricSpec =
  | {
      readonly type: 'External';
      readonly external: {
        readonly metric: {
          readonly name: string;
          readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        };
        readonly target: { readonly type: 'AverageValue'; readonly averageValue: string };
      };
    }
  | {
      readonly type: 'Resource';
      readonly resource: {
        readonly name: 'cpu' | 'memory';
        readonly target: { readonly type: 'Utilization'; readonly averageUtilization: number };
      };
    };

export type ScalingRules = {
  readonly tolerance?: string;
  readonly stabilizationWindowSeconds: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly {
    readonly type: 'Percent' | 'Pods';
    readonly value: number;
    readonly periodSeconds: number;
  }[];
};

export type HpaSpec = {
  readonly scaleTargetRef: ScaleTarget;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Fixed order: forecasts, then reactive memory, reactive cpu last. */
  readonly metrics: readonly MetricSpec[];
  readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules };
};

/** The HPA that should be, as it is applied. */
export type DesiredHpa = {
  readonly apiVersion: 'autoscaling/v2';
  readonly kind: 'HorizontalPodAutoscaler';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly spec: HpaSpec;
};

export const BOUNDS = ['minReplicas', 'maxReplicas'] as const;
export type Bound = (typeof BOUNDS)[number];

/** An HPA as the cluster has it. */
export type FoundHpa = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly target: ScaleTarget;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Field managers that own something of its spec. */
  readonly managers: readonly string[];
  /** Bounds that a manager other than ours owns; absent = only `managers` are known. */
  readonly foreignBounds?: readonly Bound[];
  readonly owners: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
  }[];
  /** As read, defaults of the API server included. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
};

/** What is to be done with the HPAs of one component. */
export type HpaChange =
  | { readonly kind: 'create'; readonly key: ComponentKey; readonly hpa: DesiredHpa }
  | {
      readonly kind: 'apply';
      readonly key: ComponentKey;
      readonly hpa: DesiredHpa;
      readonly found: FoundHpa;
    }
  | {
      readonly kind: 'remove';
      readonly key: ComponentKey;
      readonly found: FoundHpa;
      readonly why: string;
    }
  | {
      readonly kind: 'leave';
      readonly key: ComponentKey;
      readonly reason: string;
      readonly why: string;
    };

export const FIELD_MANAGER = 'self-scaling';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const COMPONENT_LABEL = 'self-scaling.io/component';
