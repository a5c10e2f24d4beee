import type { AuthConfig } from '../domain/auth-config.ts';
import type { AccessReviewer } from '../domain/access.ts';
import type { ApiServiceObject } from '../apiservice/claim.ts';
import type { UsageSource } from '../collector/collect.ts';
import type { HpaClient } from '../inference/reconcile.ts';
import type { Workload } from '../domain/workload.ts';
import type { News } from '../kube/events.ts';

/** What the controller must have of a cluster, be it real or simulated. */
export type World = {
  readonly usage: UsageSource;
  readonly hpas: HpaClient;
  /** @throws {SelfScalingError} `KUBE_UNAVAILABLE` before the first list. */
  workloads(): readonly Workload[];
  /** Whether the workloads are those of now, or of two minutes ago at most. */
  healthy(): boolean;
  /** Called when a workload or an HPA changed; the answer stops it. */
  readonly onChange: (listener: () => void) => () => void;
  /** Takes note of an Event; absent where there is no cluster to write it in. */
  readonly tell?: (news: News) => void;
  /** Whether `behavior.*.tolerance` is kept by this API server. */
  tolerance(): boolean;
};

/** What an API server that delegates must have of a cluster. */
export type Gate = {
  readonly reviewer: AccessReviewer;
  readonly authConfig: { current(): AuthConfig | undefined };
  /** Absent where there is no cluster to register with. */
  readonly apiService?: ApiServiceObject;
};
