import type { ComponentKey } from './component.ts';
import type { EpochMs } from './units.ts';

/** One entry of the ledger: what was done for a component, or why it was left. */
export type Decision = {
  readonly at: EpochMs;
  readonly key: ComponentKey;
  readonly kind: 'create' | 'apply' | 'remove' | 'leave' | 'managed' | 'use';
  /** `self-scaling`, or `user:<name>`. */
  readonly actor: string;
  /** One sentence. */
  readonly text: string;
  /** A reason of the closed list of conditions, such as `ExistingHPA`. */
  readonly reason?: string;
};
