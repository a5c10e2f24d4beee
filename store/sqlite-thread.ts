import { storeUnavailable } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Answers, Asked, Question } from './sqlite-answers.ts';
import { errorOf, type Failure } from './sqlite-failure.ts';

/** What a database thread is started with. */
export type ThreadStart = {
  readonly path: string;
  /** Something read from the file was damaged: it is to be checked as a whole. */
  readonly isSuspect: boolean;
};

export type Reply =
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** `isOver`: the thread can answer nothing else either, and a new one must be started. */
  | { readonly kind: 'failure'; readonly failure: Failure; readonly isOver: boolean };

/** The part of a worker thread that is needed here. */
export interface Thread {
  postMessage(message: Asked): void;
  on(event: 'message', listener: (reply: Reply & { readonly number: number }) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

export type Ask = <Q extends Question>(
  question: Q,
  words: Parameters<Answers[Q]>,
  signal?: AbortSignal,
) => Promise<ReturnType<Answers[Q]>>;

export type Correspondence = {
  /**
   * Posts at once, so questions are answered in the order they were asked.
   *
   * @throws what the thread refused with; `STORE_UNAVAILABLE` when it ended; the signal's reason at
   *   once when it aborts, while the thread may still do what it was asked.
   */
  readonly ask: Ask;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
};

type Waiting = { readonly settle: (reply: Reply) => void; readonly abandon: () => void };

/** @param isOver is called once, when this thread will answer nothing more. */
export function correspondWith(
  thread: Thread,
  path: string,
  log: Log,
  isOver: (failure?: Failure) => void,
): Correspondence {
  const waiting = new Map<number, Waiting>();
  const ended = Promise.withResolvers<void>();
  let last = 0;
  let death: unknown;

  thread.on('message', ({ number, ...reply }) => {
    if (reply.kind === 'failure' && reply.isOver) isOver(reply.failure);
    waiting.get(number)?.settle(reply);
    waiting.delete(number);
  });
  thread.on('error', (err) => {
    death = err;
    log.error({ err, path }, 'the database thread failed');
  });
  thread.on('exit', () => {
    isOver();
    for (const { abandon } of waiting.values()) abandon();
    waiting.clear();
    ended.resolve();
  });

  async function ask<Q extends Question>(
    question: Q,
    words: Parameters<Answers[Q]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<Answers[Q]>> {
    signal?.throwIfAborted();
    last += 1;
    const number = last;
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<Answers[Q]>>();
    waiting.set(number, {
      settle(reply) {
        if (reply.kind === 'failure') reject(errorOf(reply.failure, path));
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker answers with what this question returns
        else resolve(reply.answer as ReturnType<Answers[Q]>);
      },
      abandon: () => reject(storeUnavailable(`the thread of the database ${path} ended`, death)),
    });
    const give = () => {
      waiting.delete(number);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', give, { once: true });
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      thread.postMessage({ number, question, words });
      return await promise;
    } finally {
      waiting.delete(number);
      signal?.removeEventListener('abort', give);
    }
  }

  return { ask, ended: ended.promise };
}
