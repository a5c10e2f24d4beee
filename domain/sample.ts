import type { ComponentKey } from './component.ts';
import type { Bytes, Cores, EpochMs } from './units.ts';

/** One reading of one component at one instant, summed over its pods. */
export type Sample = {
  readonly key: ComponentKey;
  readonly at: EpochMs;
  readonly cpu: Cores;
  readonly memory: Bytes;
  readonly replicasReady: number;
  /** Pods that run but were not reported; their usage is not in the sums. */
  readonly podsMissing: number;
};
