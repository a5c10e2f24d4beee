import type { AccessReviewer } from '../domain/access.ts';
import { durationMs, epochMs, type EpochMs } from '../domain/units.ts';

/** Turns at once, as many as come in two seconds. */
const BURST_SECONDS = 2;
const MILLISECONDS = 1000;

/**
 * A reviewer that is not asked more than `perSecond` times a second, after twice as many at once: who comes
 * later waits, as long as its signal lets it. Whatever strangers send, the API server is not drowned in
 * their reviews.
 */
export function paced(
  reviewer: AccessReviewer,
  perSecond: number,
  now: () => EpochMs,
): AccessReviewer {
  const turn = turns(perSecond, now);
  return {
    async whoIs(token, signal) {
      await turn(signal);
      return await reviewer.whoIs(token, signal);
    },
    async may(caller, question, signal) {
      await turn(signal);
      return await reviewer.may(caller, question, signal);
    },
  };
}

/** A bucket of turns that fills by itself; waiting is in the order of asking. */
export function turns(perSecond: number, now: () => EpochMs) {
  const gap = MILLISECONDS / perSecond;
  const ahead = BURST_SECONDS * MILLISECONDS;
  /** When the bucket would be full again. */
  let fullAt = epochMs(0);
  return (signal: AbortSignal): Promise<void> | undefined => {
    const at = now();
    // A clock that was put back must not make everybody wait for it.
    const from = fullAt - at > ahead + LONGEST_WAIT ? at : fullAt;
    fullAt = epochMs(Math.max(from, at) + gap);
    const wait = fullAt - at - ahead;
    return wait > 0 ? pause(wait, signal) : undefined;
  };
}

/** Nobody waits longer for a review. */
const LONGEST_WAIT = 10_000;

async function pause(wait: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const over = AbortSignal.timeout(Math.ceil(durationMs(wait)));
  const isOver = (): void => resolve();
  const isStopped = (): void => reject(signal.reason);
  over.addEventListener('abort', isOver, { once: true });
  signal.addEventListener('abort', isStopped, { once: true });
  try {
    await promise;
  } finally {
    over.removeEventListener('abort', isOver);
    signal.removeEventListener('abort', isStopped);
  }
}
