import type { ComponentKey } from './component.ts';
import type { EpochMs } from './units.ts';

export type RunKind = 'train' | 'inference';
export type RunResult = {
  readonly key: ComponentKey;
  readonly result: 'trained' | 'reused' | 'applied' | 'skipped' | 'failed';
  /** A code or a sentence: why not, or which model was chosen. */
  readonly reason?: string;
};

/** What a run took. */
export type RunCost = {
  /** Of this process and of its children, while the run went on. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Series that were forecast. */
  readonly series: number;
  readonly seriesPerCpuSecond: number;
  /** Of the largest process. */
  readonly maxRssBytes: number;
  readonly wattHours: number;
  readonly gramsCo2e: number;
  /** Measured by the processor, or reckoned from CPU time. */
  readonly method: 'rapl' | 'cpu-time';
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
  readonly cost?: RunCost;
  /** What came of tuning the network to this cluster, where the run did. */
  readonly tuning?: string;
};

/** Whether a component has a forecast from a run: of a rule, too, where no more is needed. */
export const isForecast = ({ result, reason }: RunResult): boolean =>
  result === 'trained' ||
  result === 'reused' ||
  (result === 'skipped' && !(reason?.startsWith('HISTORY_TOO_SHORT') ?? false));

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

/** Whether a run that is under way does all that another trigger asks for: what is scheduled renews only what is due. */
export const isAnswerTo = (trigger: Run['trigger'], run: Run): boolean =>
  run.kind === 'inference' || trigger === 'schedule' || run.trigger !== 'schedule';
