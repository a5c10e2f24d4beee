import type { ComponentKey } from '../../domain/component.ts';
import type { Bytes, Cores, EpochMs } from '../../domain/units.ts';
import type { PodRequests } from '../../domain/workload.ts';

/** Demand on one simulated component, summed over its pods. */
export type Demand = { readonly cpu: Cores; readonly memory: Bytes };

/** A component that a simulated cluster plays. */
export type ComponentTrace = {
  readonly key: ComponentKey;
  /** Such as `Deployment`. */
  readonly kind: string;
  readonly requests: PodRequests;
  /** Pure: the same instant has the same demand. `undefined` where the trace says nothing. */
  readonly usageAt: (at: EpochMs) => Demand | undefined;
  /** Before that the component does not exist. */
  readonly since: EpochMs;
};

/** Pods hold what they use at about three quarters of their request. */
const FULLNESS = 0.75;

/** Pods that carry a demand comfortably, at least one: what the simulated cluster begins with. */
export function comfortableReplicas({ requests }: ComponentTrace, demand?: Demand): number {
  const need = (used: number | undefined, request: number | undefined): number =>
    used === undefined || request === undefined ? 1 : Math.ceil(used / (FULLNESS * request));
  return Math.max(1, need(demand?.cpu, requests.cpu), need(demand?.memory, requests.memory));
}
