import type { ComponentKey } from './component.ts';
import type { EpochMs } from './units.ts';

export type RunKind = 'train' | 'inference';
export type RunResult = {
  readonly key: ComponentKey;
  readonly result: 'trained' | 'applied' | 'skipped' | 'failed';
  /** A code or a sentence: why not, or which model was chosen. */
  readonly reason?: string;
};

/** One execution of training or inference, with a record. Rewritten whole as it proceeds. */
export type Run = {
  /** `<kind>-<created, ms>`. */
  readonly id: string;
  readonly kind: RunKind;
  readonly createdAt: EpochMs;
  readonly trigger: 'rest' | 'schedule' | 'start';
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Components done, of a total. */
  readonly done: number;
  readonly total: number;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  /** The last sign of life of whoever runs it. */
  readonly heartbeat?: EpochMs;
  readonly attempts: number;
  /** Why it failed. */
  readonly reason?: string;
  readonly results: readonly RunResult[];
};

export const runId = (kind: RunKind, createdAt: EpochMs): string => `${kind}-${createdAt}`;

/** A run that nobody has begun. */
export const waitingRun = (kind: RunKind, trigger: Run['trigger'], createdAt: EpochMs): Run => ({
  id: runId(kind, createdAt),
  kind,
  createdAt,
  trigger,
  state: 'waiting',
  done: 0,
  total: 0,
  attempts: 0,
  results: [],
});
