import type { ComponentKey } from './component.ts';
import type { DurationMs } from './units.ts';

/**
 * What the adapter must know of a component beside its forecasts. Inference writes it to the store
 * as the setting `facts/<namespace>/<component>`; adapters, which ask Kubernetes nothing, read it.
 */
export type ComponentFacts = {
  readonly key: ComponentKey;
  /** `Deployment`, `StatefulSet`, … */
  readonly kind: string;
  /** Other kinds of workload with this very name in the namespace; a selector must then name the kind. */
  readonly otherKinds: readonly string[];
  readonly level: number;
  readonly leadTime: DurationMs;
  /** What one pod carries, per resource; absent where it is not known. */
  readonly capacity: { readonly cpu?: number; readonly memory?: number };
};

export const factsName = ({ namespace, component }: ComponentKey): string =>
  `facts/${namespace}/${component}`;
