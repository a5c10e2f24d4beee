import type { IssuedFor } from '../../domain/forecast.ts';
import type { RunResult } from '../../domain/run.ts';
import type { Score } from '../../domain/score.ts';
import type { DurationMs, EpochMs } from '../../domain/units.ts';
import type { ChoiceKeeper } from './choice-memory.ts';
import type { HistoryReader } from './columns.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';
import type { Used } from './messages.ts';
import type { RecentHistory } from './recent.ts';
import type { Shard } from './shards.ts';

/** What training leaves behind: issued forecasts. */
export interface FutureWriter {
  writeFuture(forecasts: readonly IssuedFor[], signal: AbortSignal): Promise<void>;
}

/** How every model did on every series it was tried on. */
export interface ScoreWriter {
  writeScores(scores: readonly Score[], signal: AbortSignal): Promise<void>;
}

/** Forecasts series somewhere else: fitting is heavy, and its memory is to go back when the run is over. */
export interface Forecaster {
  /** For one run; training disposes of it, and nothing of it outlives the signal. */
  open(plan: ForecastPlan, signal: AbortSignal): ForecasterRun;
}

export interface ForecasterRun extends AsyncDisposable {
  /**
   * One call at a time; the answers in the order of the jobs. A series that cannot be forecast is an answer.
   * @throws {SelfScalingError} `TRAINING_FAILED` when no further series can be forecast either.
   */
  forecast(jobs: readonly SeriesJob[]): Promise<SeriesAnswer[]>;
  /** What it has used so far. */
  used(): Used;
}

export type TrainPorts = {
  readonly history: HistoryReader;
  readonly recent: RecentHistory;
  readonly choices: ChoiceKeeper;
  readonly future: FutureWriter;
  readonly scores: ScoreWriter;
  readonly forecaster: Forecaster;
};

export type TrainJob = {
  /** `all`: every series; `due`: those whose turn it is, the others are renewed with what was chosen before. */
  readonly choose: 'all' | 'due';
  readonly now: EpochMs;
  readonly historyDays: number;
  readonly futureDays: number;
  /** Id of the run. */
  readonly run: string;
  /** Whose components; everybody's unless told. */
  readonly shard?: Shard;
  /** Observed time below which a component is skipped; 24 h unless told. */
  readonly minimumHistoryMs?: DurationMs;
  /** Weights of the network that was tuned to this cluster. */
  readonly weights?: string;
};

/** Components done, of those known so far (known page by page where all are chosen for). */
export type Progress = (done: number, total: number, results: readonly RunResult[]) => void;

export type Trained = {
  readonly results: readonly RunResult[];
  /** Series that were forecast. */
  readonly series: number;
  /** By the processes that forecast. */
  readonly used: Used;
};
