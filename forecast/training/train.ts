import { RESOURCES, type ComponentKey, type Resource } from '../../domain/component.ts';
import type { IssuedFor } from '../../domain/forecast.ts';
import { prepareHistory } from '../../domain/gaps.ts';
import type { RunResult } from '../../domain/run.ts';
import type { Score } from '../../domain/score.ts';
import {
  bucketStart,
  days,
  epochMs,
  hours,
  STEP,
  STEPS_A_DAY,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../../domain/units.ts';
import { columnPages, type ComponentColumns, type HistoryReader } from './columns.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';

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
   * One series at a time. A series that cannot be forecast is an answer.
   * @throws {SelfScalingError} `TRAINING_FAILED` when no further series can be forecast either.
   */
  forecast(job: SeriesJob): Promise<SeriesAnswer>;
}

export type TrainPorts = {
  readonly history: HistoryReader;
  readonly future: FutureWriter;
  readonly scores: ScoreWriter;
  readonly forecaster: Forecaster;
};

export type TrainJob = {
  readonly keys: readonly ComponentKey[] | 'everybody';
  readonly now: EpochMs;
  readonly historyDays: number;
  readonly futureDays: number;
  /** Id of the run. */
  readonly run: string;
  /** Observed time below which a component is skipped; 24 h unless told. */
  readonly minimumHistoryMs?: DurationMs;
};

/** Components done, of those known so far (for `everybody`, known page by page). */
export type Progress = (done: number, total: number, results: readonly RunResult[]) => void;

/**
 * Once around: history in, forecasts and scores out, a result for each component. A component counts as trained when
 * one of its resources got a forecast; one component's trouble stops no other. Reads history
 * alone: what an earlier run forecast teaches nothing.
 *
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`, `TRAINING_FAILED`; what was written before stays.
 */
export async function trainAll(
  ports: TrainPorts,
  job: TrainJob,
  progress: Progress,
  signal: AbortSignal,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const minimum = job.minimumHistoryMs ?? hours(24);
  const window = historyWindow(job, minimum);
  const plan = { horizon: horizonOf(job.futureDays), at: bucketStart(job.now, days(1)) };
  let total = job.keys === 'everybody' ? 0 : job.keys.length;
  await using forecaster = ports.forecaster.open(plan, signal);
  for await (const page of columnPages(ports.history, job.keys, window, signal)) {
    total = Math.max(total, results.length + page.length);
    const done: Outcome[] = [];
    for (const columns of page) {
      const outcomes = await outcomesOf(columns, window, minimum, forecaster);
      done.push(...outcomes);
      results.push(resultOf(columns.key, outcomes));
      progress(results.length, total, results);
    }
    await write(ports, job, done, signal);
  }
  return results;
}

/**
 * At least a day longer than the minimum: with a window of just that, a single gap would keep a component too short for
 * ever. The origin of every forecast is the window's end, the step after the last closed bucket.
 */
function historyWindow({ now, historyDays }: TrainJob, minimum: DurationMs): Window {
  const to = bucketStart(now, STEP);
  const length = Math.max(days(historyDays), minimum + days(1));
  return { from: epochMs(to - Math.ceil(length / STEP) * STEP), to };
}

/** The snapshot looks a day ahead, for hold time and lead after the last training run: two days leave a day to retrain. */
const SHORTEST_HORIZON = 2 * STEPS_A_DAY;

const horizonOf = (futureDays: number): number =>
  Math.max(Math.ceil(futureDays * STEPS_A_DAY), SHORTEST_HORIZON);

type Outcome = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly answer: SeriesAnswer | { readonly kind: 'skipped'; readonly reason: string };
};

async function outcomesOf(
  columns: ComponentColumns,
  window: Window,
  minimum: DurationMs,
  forecaster: ForecasterRun,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const resource of RESOURCES) {
    const prepared = prepareHistory(columns[resource], window, minimum);
    const answer = prepared.ok
      ? await forecaster.forecast({ key: columns.key, resource, history: prepared.series })
      : ({ kind: 'skipped', reason: `HISTORY_TOO_SHORT: ${prepared.reason}` } as const);
    outcomes.push({ key: columns.key, resource, answer });
  }
  return outcomes;
}

async function write(
  { future, scores }: TrainPorts,
  { now, run }: TrainJob,
  outcomes: readonly Outcome[],
  signal: AbortSignal,
): Promise<void> {
  const answered = outcomes.flatMap(({ key, resource, answer }) =>
    answer.kind === 'forecast' ? [{ key, resource, ...answer }] : [],
  );
  if (answered.length === 0) return;
  const issued: IssuedFor[] = answered.map(({ key, resource, forecast, model }) => ({
    key,
    resource,
    issued: { forecast, issuedAt: now, model, run },
  }));
  await future.writeFuture(issued, signal);
  const scored = answered.flatMap((answer) => answer.scores);
  if (scored.length > 0) await scores.writeScores(scored, signal);
}

function resultOf(key: ComponentKey, outcomes: readonly Outcome[]): RunResult {
  const kinds = outcomes.map(({ answer }) => answer.kind);
  if (kinds.includes('forecast')) {
    const reason = outcomes.map(({ resource, answer }) => `${resource}: ${textOf(answer)}`);
    return { key, result: 'trained', reason: reason.join(', ') };
  }
  const reasons = [...new Set(outcomes.map(({ answer }) => textOf(answer)))].join('; ');
  return { key, result: kinds.includes('failed') ? 'failed' : 'skipped', reason: reasons };
}

const textOf = (answer: Outcome['answer']): string =>
  answer.kind === 'forecast' ? answer.model : answer.reason;
