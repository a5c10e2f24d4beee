import {
  bucketStart,
  days,
  epochMs,
  STEP,
  STEPS_A_DAY,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../../domain/units.ts';

/** What renewing looks back on: the weekly lags of the network, and a day. */
export const RECENT = days(15);

/**
 * At least a day longer than the minimum: with a window of just that, a single gap would keep a component too short for
 * ever. The origin of every forecast is the window's end, the step after the last closed bucket.
 */
export function historyWindow(now: EpochMs, historyDays: number, minimum: DurationMs): Window {
  const to = bucketStart(now, STEP);
  const length = Math.max(days(historyDays), minimum + days(1));
  return { from: epochMs(to - Math.ceil(length / STEP) * STEP), to };
}

export const recentOf = ({ from, to }: Window, minimum: DurationMs): Window => ({
  from: epochMs(Math.max(from, to - Math.max(RECENT, minimum + days(1)))),
  to,
});

/** The snapshot looks a day ahead, for hold time and lead after the last training run: two days leave a day to retrain. */
const SHORTEST_HORIZON = 2 * STEPS_A_DAY;

export const horizonOf = (futureDays: number): number =>
  Math.max(Math.ceil(futureDays * STEPS_A_DAY), SHORTEST_HORIZON);
