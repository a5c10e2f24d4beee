import type { DurationMs } from '../domain/units.ts';

/** What is there within `limit`, else what is said when it is not; whoever comes too late is not heard. */
export async function inTime<T>(
  given: Promise<T>,
  limit: DurationMs,
  tooLate: () => T,
): Promise<T> {
  const signal = AbortSignal.timeout(limit);
  const { promise, resolve } = Promise.withResolvers<T>();
  const isOver = (): void => resolve(tooLate());
  signal.addEventListener('abort', isOver, { once: true });
  try {
    return await Promise.race([given, promise]);
  } finally {
    signal.removeEventListener('abort', isOver);
  }
}
