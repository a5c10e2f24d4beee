import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { refusal } from '../../domain/errors.ts';
import { seconds, type DurationMs } from '../../domain/units.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';
import { faultOf, parseAnswer, type Request } from './messages.ts';
import type { Forecaster, ForecasterRun } from './train.ts';

export type ForecasterOptions = {
  /** Heap of the child. */
  readonly memoryMiB: number;
  /** Real time: how long a child may take to end does not depend on the demo's clock. */
  readonly sleep: (duration: DurationMs, signal: AbortSignal) => Promise<void>;
  /** The child's module; for tests. */
  readonly worker?: URL;
};

/** The compiler rewrites import specifiers, not URLs: the built image has a `.js` here. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
const KILL_AFTER = seconds(5);
/** One series that ends its child is that series' trouble; a third death is the run's. */
const DEATHS_OF_A_RUN = 3;
const STDERR_CHARACTERS = 2_000;

/**
 * Forecasts in a child process, one series at a time. A child that ends, or answers with nonsense, costs the series it
 * had in hand; the next series has a new child, until the third is lost.
 */
export function forkedForecaster(options: ForecasterOptions): Forecaster {
  return { open: (plan, signal) => openRun(options, plan, signal) };
}

function openRun(
  options: ForecasterOptions,
  plan: ForecastPlan,
  signal: AbortSignal,
): ForecasterRun {
  let child: Child | undefined;
  let deaths = 0;
  let asked = 0;
  return {
    async forecast(job: SeriesJob): Promise<SeriesAnswer> {
      signal.throwIfAborted();
      child ??= startChild(options, signal);
      asked += 1;
      const request: Request = { id: asked, job, plan };
      try {
        const answer = parseAnswer(await child.ask(request), request);
        if (answer === undefined) {
          throw refusal('TRAINING_FAILED', 'the training process gave an answer that is none');
        }
        return checked(answer, plan.horizon);
      } catch (error) {
        await child.stop();
        child = undefined;
        signal.throwIfAborted();
        deaths += 1;
        if (deaths === DEATHS_OF_A_RUN) throw error;
        return { kind: 'failed', reason: `TRAINING_FAILED: ${messageOf(error)}` };
      }
    },
    async [Symbol.asyncDispose]() {
      await child?.stop();
    },
  };
}

function checked(answer: SeriesAnswer, horizon: number): SeriesAnswer {
  const fault = answer.kind === 'forecast' ? faultOf(answer.forecast, horizon) : undefined;
  if (answer.kind === 'failed' || fault === undefined) return answer;
  return {
    kind: 'failed',
    reason: `TRAINING_FAILED: the forecast of ${answer.model} ${fault}`,
  };
}

type Child = {
  /** @throws {SelfScalingError} `TRAINING_FAILED` when the child ends before it answers. */
  ask(request: Request): Promise<unknown>;
  /** Resolves when the child has gone. */
  stop(): Promise<void>;
};

function startChild(options: ForecasterOptions, signal: AbortSignal): Child {
  const { memoryMiB, sleep, worker = WORKER } = options;
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
  sleep: ForecasterOptions['sleep'],
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

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
