import { setTimeout as delay } from 'node:timers/promises';
import { durationMs, epochMs, type DurationMs, type EpochMs } from './units.ts';

/** The only source of time. Pure code takes an `EpochMs`; only loops take a `Clock`. */
export interface Clock {
  /** The wall clock: may jump. */
  now(): EpochMs;
  /** Never jumps, has no zero that means anything: for leases and durations. */
  monotonic(): DurationMs;
  /** Resolves after `duration`; rejects with the signal's reason when it aborts. */
  sleep(duration: DurationMs, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => durationMs(performance.now()),
  sleep: (duration, signal) => delay(duration, undefined, { signal }),
};

/** A clock that starts at `start` and runs `speed` times as fast as the system's: for the demo. */
export function fastClock(start: EpochMs, speed: number, behind: Clock = systemClock): Clock {
  const begun = behind.monotonic();
  const elapsed = (): number => (behind.monotonic() - begun) * speed;
  return {
    now: () => epochMs(Math.floor(start + elapsed())),
    monotonic: () => durationMs(elapsed()),
    sleep: (duration, signal) => behind.sleep(durationMs(Math.ceil(duration / speed)), signal),
  };
}
