import { refusal } from '../domain/errors.ts';
import { isAnswerTo, waitingRun, type Run, type RunKind } from '../domain/run.ts';
import { days, epochMs, type EpochMs, type Window } from '../domain/units.ts';
import { patience } from './patience.ts';

/** The records of runs, and their worker. */
export interface Runs {
  start(run: Run, signal: AbortSignal): Promise<void>;
  get(id: string, signal: AbortSignal): Promise<Run | undefined>;
  /** Newest first. */
  list(window: Window, signal: AbortSignal): Promise<Run[]>;
  /** Tells the worker that a run waits; it would find it by itself, only later. */
  wake(): void;
  /** Resolves with the run when it is done or failed; rejects with the signal's reason. */
  waitForEnd(id: string, signal: AbortSignal): Promise<Run>;
}

export type Started = { readonly run: Run; readonly joined: boolean };

export interface RunStarter {
  /**
   * Joins the run of this kind that waits or runs, else starts one. Callers who come while another is
   * starting one join that one: twenty at once make one run.
   *
   * @param mayStart refuses (`RATE_LIMITED`) a caller who has started too many; joining is free.
   */
  startOrJoin(kind: RunKind, mayStart: () => Promise<void>): Promise<Started>;
}

/** A day of runs can be read whenever somebody asks for one; weeks of them, each with all components, not. */
const LOOK_BACK = days(1);
/** A clock that was set back must not hide a run. */
const LOOK_AHEAD = days(1);

export function createRunStarter(runs: Runs, now: () => EpochMs): RunStarter {
  const underWay = new Map<RunKind, Promise<Started>>();

  const begin = async (kind: RunKind, mayStart: () => Promise<void>): Promise<Started> => {
    const at = now();
    const window = { from: epochMs(at - LOOK_BACK), to: epochMs(at + LOOK_AHEAD) };
    const known = (await runs.list(window, patience())).filter((run) => run.kind === kind);
    const current = known.find(
      (run) => (run.state === 'waiting' || run.state === 'running') && isAnswerTo('rest', run),
    );
    if (current !== undefined) return { run: current, joined: true };
    await mayStart();
    // An id names its moment: the next one must differ, also in the same millisecond.
    const last = known.reduce((latest, { createdAt }) => Math.max(latest, createdAt), 0);
    const run = waitingRun(kind, 'rest', epochMs(Math.max(at, last + 1)));
    await runs.start(run, patience());
    runs.wake();
    return { run, joined: false };
  };

  const startOrJoin: RunStarter['startOrJoin'] = async (kind, mayStart) => {
    for (let other = underWay.get(kind); other !== undefined; other = underWay.get(kind)) {
      // When the other one was refused, this caller asks for itself.
      const theirs = await other.catch(() => undefined);
      if (theirs !== undefined) return { run: theirs.run, joined: true };
    }
    const mine = begin(kind, mayStart);
    underWay.set(kind, mine);
    try {
      return await mine;
    } finally {
      underWay.delete(kind);
    }
  };
  return { startOrJoin };
}

/** @throws {SelfScalingError} `RUN_NOT_FOUND` */
export async function runOf(runs: Runs, id: string): Promise<Run> {
  const run = await runs.get(id, patience());
  if (run === undefined) throw refusal('RUN_NOT_FOUND', `no run "${id}"`, { details: { id } });
  return run;
}
