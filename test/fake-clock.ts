import type { Clock } from '../domain/clock.ts';
import { durationMs, epochMs, type DurationMs, type EpochMs } from '../domain/units.ts';

/** Time moves only when a sleeper asks for it: an hour of waiting costs no waiting. */
export function fakeClock(start: EpochMs): Clock & { readonly sleeps: readonly DurationMs[] } {
  let now = start;
  const sleeps: DurationMs[] = [];
  return {
    sleeps,
    now: () => now,
    monotonic: () => durationMs(now - start),
    async sleep(duration, signal) {
      signal.throwIfAborted();
      sleeps.push(duration);
      now = epochMs(now + duration);
    },
  };
}
