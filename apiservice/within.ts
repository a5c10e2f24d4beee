import { refusal } from '../domain/errors.ts';
import type { DurationMs } from '../domain/units.ts';

/**
 * Asks, and waits no longer than `limit` even for one that does not listen to its signal.
 *
 * @throws {SelfScalingError} `REVIEW_FAILED` when the time is over.
 */
export async function within<T>(
  limit: DurationMs,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(limit);
  const { promise, reject } = Promise.withResolvers<never>();
  const tooLate = (): void => reject(refusal('REVIEW_FAILED', 'the review took too long'));
  signal.addEventListener('abort', tooLate, { once: true });
  try {
    return await Promise.race([ask(signal), promise]);
  } finally {
    signal.removeEventListener('abort', tooLate);
  }
}
