import type { FastifyReply } from 'fastify';
import { seconds, type DurationMs } from '../domain/units.ts';

const STORE_WITHIN = seconds(30);

/** How long a part may take. Not the caller's own signal: a write that was begun is not left half done. */
export const patience = (): AbortSignal => AbortSignal.timeout(STORE_WITHIN);

/** Aborts when the caller has gone, or the answer is sent. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** Rejects when the answer is not there in time, also where the part asked does not heed the signal. */
export async function within<T>(
  duration: DurationMs,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(duration);
  return await Promise.race([ask(signal), rejectionOf(signal)]);
}

const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  });
