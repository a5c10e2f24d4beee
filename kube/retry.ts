import { isRefusal } from '../domain/errors.ts';
import type { Random } from '../domain/random.ts';
import { durationMs, type DurationMs } from '../domain/units.ts';
import { statusOf } from './refusals.ts';

/** `Clock.sleep`, without the rest of the clock. */
export type Pause = (duration: DurationMs, signal: AbortSignal) => Promise<void>;

/** client-go's `wait.Backoff`: pauses of `first`, growing by `factor`, each up to `jitter` of itself longer. */
export type Backoff = {
  readonly tries: number;
  readonly first: DurationMs;
  readonly factor: number;
  readonly jitter: number;
};

/** Asks again where asking again may help: no answer, too many requests, a fault of the server. */
export async function retried<T>(
  ask: () => Promise<T>,
  backoff: Backoff,
  wait: { readonly pause: Pause; readonly random: Random },
  signal: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- a try comes after the one that failed
      return await ask();
    } catch (error) {
      if (signal.aborted || tried >= backoff.tries || !mayHelp(error)) throw error;
    }
    const { first, factor, jitter } = backoff;
    const pause = first * factor ** (tried - 1) * (1 + jitter * wait.random());
    // oxlint-disable-next-line no-await-in-loop -- waiting between the tries
    await wait.pause(durationMs(pause), signal);
  }
}

const TOO_MANY = 429;
const SERVER_FAULT = 500;

const mayHelp = (error: unknown): boolean => {
  if (!isRefusal(error, 'KUBE_UNAVAILABLE')) return false;
  const status = statusOf(error);
  return status === undefined || status === TOO_MANY || status >= SERVER_FAULT;
};
