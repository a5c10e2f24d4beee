import type { ComponentKey } from './component.ts';

/** One resource of one component as the store has it: ascending, gaps absent. */
export type HistoryColumn = {
  readonly key: ComponentKey;
  /** Bucket starts, epoch ms. */
  readonly starts: Float64Array;
  /** Means over each bucket, cores or bytes; same length. */
  readonly values: Float64Array;
  /** How many samples each bucket has; same length. Absent = not known. */
  readonly samples?: ArrayLike<number>;
};
