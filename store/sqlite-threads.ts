import { storeUnavailable } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { errorOf, type Failure } from './sqlite-failure.ts';
import { correspondWith, type Ask, type Correspondence, type Thread } from './sqlite-thread.ts';

export type StartThread = (isSuspect: boolean) => Thread;

export type Threads = {
  /** Asks the thread that lives, or a new one. @throws `STORE_UNAVAILABLE` after `close`. */
  readonly ask: Ask;
  /** What was asked before is answered first; resolves when the thread has ended. */
  readonly close: () => Promise<void>;
};

/**
 * One database thread at a time. A thread that died, could not open the file, or found it damaged is
 * replaced at the next question, never sooner than it has let go of the file.
 */
export function keepThread(start: StartThread, path: string, log: Log): Threads {
  let current: Correspondence | undefined;
  /** Resolves when the thread before has ended. */
  let letGo = Promise.resolve();
  let isSuspect = false;
  let closing: Promise<void> | undefined;

  function begin(): Correspondence {
    const thread = correspondWith(start(isSuspect), path, log, (failure) =>
      retire(thread, failure),
    );
    isSuspect = false;
    current = thread;
    thread.ask('opened', []).then(reportSetAside, () => {
      // Whoever asked next is told the same, and reports it.
    });
    return thread;
  }

  function retire(thread: Correspondence, failure?: Failure): void {
    if (current !== thread) return;
    current = undefined;
    if (failure === undefined) return;
    isSuspect = failure.kind === 'damage';
    if (isSuspect) log.error({ path, err: errorOf(failure, path) }, 'the database file is damaged');
    letGo = thread.ended;
    thread.ask('close', []).catch(() => {
      // The thread ends all the same.
    });
  }

  function reportSetAside(setAside: string | undefined): void {
    if (setAside === undefined) return;
    log.error({ path, setAside }, 'the database was damaged and set aside; a new one was begun');
  }

  const ask: Ask = async (question, words, signal) => {
    signal?.throwIfAborted();
    refuseWhenClosed();
    if (current === undefined) {
      await everyoneHasLetGo();
      refuseWhenClosed();
    }
    return (current ?? begin()).ask(question, words, signal);
  };

  function refuseWhenClosed(): void {
    if (closing !== undefined) throw storeUnavailable(`the database ${path} is closed`);
  }

  async function everyoneHasLetGo(): Promise<void> {
    const before = letGo;
    await before;
    if (letGo !== before) await everyoneHasLetGo();
  }

  async function end(): Promise<void> {
    if (current === undefined) await everyoneHasLetGo();
    const thread = current;
    current = undefined;
    if (thread === undefined) return;
    try {
      await thread.ask('close', []);
    } finally {
      await thread.ended;
    }
  }

  return { ask, close: () => (closing ??= end()) };
}
