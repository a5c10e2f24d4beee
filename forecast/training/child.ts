import { fork, type ChildProcess } from 'node:child_process';
import { refusal } from '../../domain/errors.ts';
import { seconds, type DurationMs } from '../../domain/units.ts';

export type ChildOptions = {
  /** The child's module. */
  readonly worker: URL;
  /** Heap of the child. */
  readonly memoryMiB: number;
  /** Real time: how long a child may take to end does not depend on the demo's clock. */
  readonly sleep: (duration: DurationMs, signal: AbortSignal) => Promise<void>;
};

export type Child = {
  /**
   * One question at a time.
   * @throws {SelfScalingError} `TRAINING_FAILED` when the child ends before it answers.
   */
  ask(request: object): Promise<unknown>;
  /** Resolves when the child has gone. */
  stop(): Promise<void>;
};

const KILL_AFTER = seconds(5);
const STDERR_CHARACTERS = 2_000;

/** A process of its own, without environment, token or store: it ends with the signal, and its memory with it. */
export function startChild({ worker, memoryMiB, sleep }: ChildOptions, signal: AbortSignal): Child {
  const child = fork(worker, [], {
    serialization: 'advanced',
    env: {},
    execArgv: [`--max-old-space-size=${memoryMiB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const { ended, lastWords } = watch(child);
  let waiting: PromiseWithResolvers<unknown> | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= terminate(child, ended, sleep));
  const onAbort = (): void => void stop();
  signal.addEventListener('abort', onAbort);
  child.on('message', (message) => waiting?.resolve(message));
  // A child that lets go of the channel can never answer.
  child.on('disconnect', () => child.kill());
  const gone = (async () => {
    const how = await ended;
    signal.removeEventListener('abort', onAbort);
    const died = diedOf(how, memoryMiB, lastWords());
    waiting?.reject(died);
    return died;
  })();
  return {
    async ask(request) {
      waiting = Promise.withResolvers<unknown>();
      // What cannot be sent is told by the end of the child.
      if (child.connected) child.send(request, () => undefined);
      else waiting.reject(await gone);
      return await waiting.promise;
    },
    stop,
  };
}

/** How the child ended, when it has; and what it wrote before. */
function watch(child: ChildProcess) {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-STDERR_CHARACTERS);
  });
  child.once('close', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
  child.on('error', (error) => {
    if (child.pid === undefined) resolve(error.message);
  });
  return { ended, lastWords: () => written };
}

/** SIGTERM, and SIGKILL when that was not enough; resolves when the child has gone. */
async function terminate(
  child: ChildProcess,
  ended: Promise<string>,
  sleep: ChildOptions['sleep'],
): Promise<void> {
  const patience = new AbortController();
  child.kill('SIGTERM');
  const killLater = async (): Promise<void> => {
    try {
      await sleep(KILL_AFTER, patience.signal);
      child.kill('SIGKILL');
    } catch {
      // It went by itself.
    }
  };
  const late = killLater();
  await ended;
  patience.abort();
  await late;
}

function diedOf(how: string, memoryMiB: number, lastWords: string) {
  const why = how === 'SIGABRT' ? `, most likely out of its ${memoryMiB} MiB of memory` : '';
  return refusal(
    'TRAINING_FAILED',
    `the training process ended before it answered (${how}${why})`,
    {
      details: { how, memoryMiB },
      cause: new Error(lastWords),
    },
  );
}
