import { extname } from 'node:path';
import { refusal } from '../../domain/errors.ts';
import { startChild, type Child, type ChildOptions } from './child.ts';
import type { ForecastPlan, SeriesAnswer, SeriesJob } from './job.ts';
import { faultOf, parseAnswer, type Request, type Used } from './messages.ts';
import type { Forecaster, ForecasterRun } from './ports.ts';

export type ForecasterOptions = Omit<ChildOptions, 'worker'> & {
  /** Children at once, at least one. */
  readonly forks: number;
  /** The child's module; for tests. */
  readonly worker?: URL;
};

/** The compiler rewrites import specifiers, not URLs: the built image has a `.js` here. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
/** One series that ends its child is that series' trouble; a third death is the run's. */
const DEATHS_OF_A_RUN = 3;
/** Enough for a message to be worth its way, few enough for the memory of a child. */
const MOST_IN_A_MESSAGE = 32;

/**
 * Forecasts in child processes, several series a message. A child that ends, or answers with nonsense, costs the one
 * series that made it do so: those that were asked for together are asked for one by one, in a new child, until
 * the third is lost.
 */
export function forkedForecaster(options: ForecasterOptions): Forecaster {
  return { open: (plan, signal) => openRun(options, plan, signal) };
}

function openRun(
  { forks, worker = WORKER, ...options }: ForecasterOptions,
  plan: ForecastPlan,
  signal: AbortSignal,
): ForecasterRun {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const account = openAccount();
  let deaths = 0;
  const lanes = Array.from({ length: forks }, () =>
    openLane(() => startChild({ ...options, worker }, stop), plan, account),
  );

  async function ask(lane: Lane, jobs: readonly SeriesJob[]): Promise<SeriesAnswer[]> {
    stop.throwIfAborted();
    try {
      return await lane.ask(jobs);
    } catch (error) {
      await lane.stop();
      stop.throwIfAborted();
      if (jobs.length > 1) return await oneByOne(lane, jobs);
      deaths += 1;
      if (deaths >= DEATHS_OF_A_RUN) throw error;
      return [{ kind: 'failed', reason: `TRAINING_FAILED: ${messageOf(error)}` }];
    }
  }

  async function oneByOne(lane: Lane, jobs: readonly SeriesJob[]): Promise<SeriesAnswer[]> {
    const answers: SeriesAnswer[] = [];
    for (const job of jobs) answers.push(...(await ask(lane, [job])));
    return answers;
  }

  return {
    async forecast(jobs) {
      const batches = inBatches(jobs, forks);
      const answers: SeriesAnswer[][] = batches.map(() => []);
      const waiting = batches.entries();
      const work = async (lane: Lane): Promise<void> => {
        for (const [index, batch] of waiting) answers[index] = await ask(lane, batch);
      };
      await Promise.all(lanes.slice(0, batches.length).map(work));
      return answers.flat();
    },
    used: account.used,
    async [Symbol.asyncDispose]() {
      over.abort(refusal('TRAINING_FAILED', 'the run is over'));
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

type Lane = {
  ask(jobs: readonly SeriesJob[]): Promise<SeriesAnswer[]>;
  stop(): Promise<void>;
};

/** One child at a time, started when it is needed. */
function openLane(start: () => Child, plan: ForecastPlan, account: Account): Lane {
  let child: Child | undefined;
  let asked = 0;
  let tell: ((used: Used) => void) | undefined;
  return {
    async ask(jobs) {
      child ??= start();
      tell ??= account.open();
      asked += 1;
      const request: Request = { id: asked, jobs, plan };
      const answer = parseAnswer(await child.ask(request), request);
      if (answer === undefined) {
        throw refusal('TRAINING_FAILED', 'the training process gave an answer that is none');
      }
      tell(answer.used);
      return answer.answers.map((one) => checked(one, plan.horizon));
    },
    async stop() {
      const last = child;
      [child, tell] = [undefined, undefined];
      await last?.stop();
    },
  };
}

/** Each child says how much it has used since it began; what it said last is what counts. */
function openAccount() {
  const children: Used[] = [];
  return {
    open(): (used: Used) => void {
      const index = children.push({ cpuSeconds: 0, maxRssBytes: 0 }) - 1;
      return (used) => void (children[index] = used);
    },
    used: (): Used => ({
      cpuSeconds: children.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      maxRssBytes: Math.max(0, ...children.map(({ maxRssBytes }) => maxRssBytes)),
    }),
  };
}

type Account = ReturnType<typeof openAccount>;

/** As equal as can be, so that no child waits long for another. */
function inBatches(jobs: readonly SeriesJob[], forks: number): SeriesJob[][] {
  const rounds = Math.max(1, Math.ceil(jobs.length / (forks * MOST_IN_A_MESSAGE)));
  const size = Math.max(1, Math.ceil(jobs.length / (forks * rounds)));
  return Array.from({ length: Math.ceil(jobs.length / size) }, (_, index) =>
    jobs.slice(index * size, (index + 1) * size),
  );
}

function checked(answer: SeriesAnswer, horizon: number): SeriesAnswer {
  const fault = answer.kind === 'forecast' ? faultOf(answer.forecast, horizon) : undefined;
  if (answer.kind !== 'forecast' || fault === undefined) return answer;
  return {
    kind: 'failed',
    reason: `TRAINING_FAILED: the forecast of ${answer.model} ${fault}`,
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
