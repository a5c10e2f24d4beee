import type { Clock } from '../domain/clock.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { isAnswerTo, waitingRun, type Run, type RunKind, type RunResult } from '../domain/run.ts';
import { durationMs, epochMs, hours, seconds, type EpochMs, type Window } from '../domain/units.ts';

export type RunStore = {
  start(run: Run, signal: AbortSignal): Promise<void>;
  get(id: string, signal: AbortSignal): Promise<Run | undefined>;
  list(window: Window, signal: AbortSignal): Promise<Run[]>;
  take(kind: RunKind, now: EpochMs, signal: AbortSignal): Promise<Run | undefined>;
  update(run: Run, signal: AbortSignal): Promise<void>;
};

export type Progress = (done: number, total: number, results: readonly RunResult[]) => void;
/** What a run does; a refusal or a bug makes the run failed, with its message as the reason. */
export type Execute = (
  run: Run,
  progress: Progress,
  signal: AbortSignal,
  /** Told once, before the end. */
  account: (told: Pick<Run, 'cost' | 'tuning'>) => void,
) => Promise<readonly RunResult[]>;

const POLL = seconds(2);
const POLL_END = durationMs(250);
/** Workers look every two seconds, and at once when they are in this process. */
const TAKEN_UP_WITHIN = seconds(15);
const NOBODY = {
  train: 'TRAINING_FAILED: no trainer takes up runs; is one running?',
  inference: 'KUBE_UNAVAILABLE: no controller leads; does the Kubernetes API answer?',
} as const satisfies Record<RunKind, string>;
const SIGN_OF_LIFE = seconds(1);
/** A run is believed dead after two minutes of silence. */
const BREATH = seconds(20);
const MOST_ATTEMPTS = 5;
const CUT_SHORT = 'TRAINING_FAILED: the program ended before the run did';

/**
 * Where runs are asked for and taken up: through the store, so that asker and worker may be two processes.
 *
 * @param clock runs on real time, also where the rest of the program runs fast.
 */
export function runBoard(store: RunStore, clock: Clock, now: () => EpochMs, log: Log) {
  const bells = new Map<RunKind, () => void>();
  /** Counts every ring, so that one between a look and the wait after it is not missed. */
  let rings = 0;
  const ringAll = (): void => {
    rings += 1;
    bells.forEach((bell) => bell());
  };

  async function waitForWork(kind: RunKind, heard: number, signal: AbortSignal): Promise<void> {
    if (heard !== rings) return;
    const rung = new AbortController();
    bells.set(kind, () => rung.abort());
    await clock.sleep(POLL, AbortSignal.any([rung.signal, signal])).catch(() => undefined);
    bells.delete(kind);
  }

  /** Whoever takes up runs elsewhere must not think this one dead while it reads, or waits for a child. */
  async function breathe(tell: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(BREATH, signal).catch(() => undefined);
      if (!signal.aborted) tell();
    }
  }

  /** A run that ends the process each time would be taken up for ever. */
  async function giveUp(run: Run, signal: AbortSignal): Promise<void> {
    const reason = `begun ${MOST_ATTEMPTS} times, and each time the process ended before the run did`;
    log.error({ run: run.id, reason }, 'a run failed');
    await store.update({ ...run, state: 'failed', reason, endedAt: now() }, signal);
  }

  /** @param cutShort what becomes of a run that is cut short by the end of the program. */
  async function perform(
    taken: Run,
    execute: Execute,
    signal: AbortSignal,
    cutShort: Run = { ...taken, state: 'waiting' },
  ): Promise<Run> {
    let latest: Run = taken;
    let told = clock.monotonic();
    let sending: Promise<void> | undefined;
    const tell = (): void => {
      told = clock.monotonic();
      latest = { ...latest, heartbeat: now() };
      sending ??= store
        .update(latest, signal)
        .catch((error: unknown) => {
          log.debug({ err: error, run: taken.id }, 'the progress of a run was not kept');
        })
        .finally(() => (sending = undefined));
    };
    const progress: Progress = (done, total, results) => {
      latest = { ...latest, done, total, results: [...results] };
      if (clock.monotonic() - told >= SIGN_OF_LIFE) tell();
    };
    const over = new AbortController();
    const breathing = breathe(tell, AbortSignal.any([over.signal, signal]));
    const account = (spent: Pick<Run, 'cost' | 'tuning'>): void =>
      void (latest = { ...latest, ...spent });
    const outcome = await attempt(() => execute(taken, progress, signal, account));
    over.abort();
    await breathing;
    // Signs of life and the end are two requests: one that overtook the end would undo it.
    await sending;
    if (signal.aborted) {
      await store.update(cutShort, AbortSignal.timeout(2000)).catch(() => undefined);
      return cutShort;
    }
    const ended: Run = { ...latest, ...outcome, endedAt: now(), heartbeat: now() };
    if (ended.state === 'failed')
      log.error({ run: ended.id, reason: ended.reason }, 'a run failed');
    else {
      const { id, trigger, cost, tuning } = ended;
      log.info({ run: id, trigger, ...tally(ended), ...cost, tuning }, 'a run ended');
    }
    await store.update(ended, signal);
    return ended;
  }

  /** A store that is away for a moment does not end the waiting: the run itself goes on. */
  async function lookUp(id: string, signal: AbortSignal): Promise<Run | 'unknown yet'> {
    try {
      const run = await store.get(id, signal);
      if (run === undefined) throw refusal('RUN_NOT_FOUND', `no run "${id}"`);
      return run;
    } catch (error) {
      signal.throwIfAborted();
      if (isRefusal(error, 'STORE_UNAVAILABLE')) return 'unknown yet';
      throw error;
    }
  }

  return {
    /** Tells the workers that something waits; they would find it by themselves, only later. */
    ringAll,
    /** Begins a run unless one of its kind is waiting or running already; the id of whichever it is. */
    async startUnlessUnderWay(
      kind: RunKind,
      trigger: Run['trigger'],
      signal: AbortSignal,
    ): Promise<string> {
      const at = now();
      const window = { from: epochMs(at - hours(2)), to: epochMs(at + hours(1)) };
      const ofKind = (await store.list(window, signal)).filter((run) => run.kind === kind);
      const busy = ofKind.find(
        (run) => (run.state === 'waiting' || run.state === 'running') && isAnswerTo(trigger, run),
      );
      if (busy !== undefined) return busy.id;
      // An id names its moment: the next one must differ, also in the same millisecond.
      const last = ofKind.reduce((latest, { createdAt }) => Math.max(latest, createdAt), 0);
      const run = waitingRun(kind, trigger, epochMs(Math.max(at, last + 1)));
      await store.start(run, signal);
      ringAll();
      return run.id;
    },
    /**
     * Runs what nobody else shall take up, and records it; resolves with the run when it has ended.
     *
     * @param name sets it apart from others that begin in the same millisecond elsewhere.
     */
    async perform(
      { kind, trigger, name }: { kind: RunKind; trigger: Run['trigger']; name: string },
      execute: Execute,
      signal: AbortSignal,
    ): Promise<Run> {
      const at = now();
      const waiting = waitingRun(kind, trigger, at);
      const run: Run = {
        ...waiting,
        id: `${waiting.id}-${name}`,
        state: 'running',
        startedAt: at,
        heartbeat: at,
        attempts: 1,
      };
      await store.start(run, signal);
      const cutShort: Run = { ...run, state: 'failed', reason: CUT_SHORT };
      return await perform(run, execute, signal, cutShort);
    },
    /**
     * The run when it has ended. A run that nobody takes up (no trainer runs, or no controller leads) is told as
     * failed after a while; it goes on waiting for whoever comes.
     */
    async waitForEnd(id: string, signal: AbortSignal): Promise<Run> {
      const begun = clock.monotonic();
      for (;;) {
        const run = await lookUp(id, signal);
        const isLate = clock.monotonic() - begun > TAKEN_UP_WITHIN;
        if (run !== 'unknown yet' && run.state === 'waiting' && isLate) {
          return { ...run, state: 'failed', reason: NOBODY[run.kind] };
        }
        if (run === 'unknown yet') await clock.sleep(POLL, signal);
        else if (run.state === 'done' || run.state === 'failed') return run;
        await clock.sleep(POLL_END, signal);
      }
    },
    /** Takes up runs of one kind, one after the other, until `signal` aborts. */
    async work(kind: RunKind, execute: Execute, signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          const heard = rings;
          const run = await store.take(kind, now(), signal);
          if (run === undefined) await waitForWork(kind, heard, signal);
          else if (run.attempts > MOST_ATTEMPTS) await giveUp(run, signal);
          else await perform(run, execute, signal);
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ err: error, kind }, 'runs could not be taken up; they wait');
          await clock.sleep(POLL, signal).catch(() => undefined);
        }
      }
    },
  };
}

export type RunBoard = ReturnType<typeof runBoard>;

type Outcome = Pick<Run, 'state' | 'results' | 'reason'> | Pick<Run, 'state' | 'reason'>;

async function attempt(execute: () => Promise<readonly RunResult[]>): Promise<Outcome> {
  try {
    return { state: 'done', results: await execute() };
  } catch (error) {
    return {
      state: 'failed',
      reason: isRefusal(error) ? `${error.code}: ${error.message}` : String(error),
    };
  }
}

const tally = ({ results }: Run): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(results, ({ result }) => result)].map(([result, all]) => [result, all.length]),
  );
