import type { ComponentKey } from './component.ts';
import type { Bytes, Cores } from './units.ts';

/** One pod as seen now. `usage` is absent when it runs but is not reported, or only long ago. */
export type PodUsage = {
  readonly name: string;
  readonly usage?: { readonly cpu: Cores; readonly memory: Bytes };
};

/** The pods of one component; a component wanted at no replicas has none, and that is known. */
export type ComponentPods = {
  readonly key: ComponentKey;
  readonly replicasWanted: number;
  readonly replicasReady: number;
  readonly pods: readonly PodUsage[];
};
