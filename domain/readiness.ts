import {
  bucketStart,
  days,
  epochMs,
  hours,
  STEP,
  toRfc3339,
  type DurationMs,
  type EpochMs,
} from './units.ts';

/**
 * How much is known of a component, in this order: nothing is forecast; forecast but not acted upon; acted upon as a
 * suggestion; forecast by rules in equal shares; by skill; by skill, with the weekdays.
 */
export type ReadinessStage =
  | 'waiting'
  | 'observing'
  | 'suggesting'
  | 'mixing'
  | 'scored'
  | 'weekly';

export type Readiness = {
  readonly stage: ReadinessStage;
  /** When the history suffices, or did first, to act upon; absent while nothing has been observed. */
  readonly usableFrom?: EpochMs;
  /** When every weekday has been seen, or had been first, and a day more. */
  readonly weeklyFrom?: EpochMs;
  /** One sentence. */
  readonly reason: string;
};

/** What the network needs at least. */
const FIRST_FORECAST = hours(2);
const FOR_MIXING = days(2);
const FOR_SKILL = days(3);
const FOR_WEEKDAYS = days(8);

/**
 * Counted in observed time: a gap moves every date that lies ahead by its length.
 *
 * @param starts         of the observed buckets, ascending, each once.
 * @param minimumHistory observed time below which nothing acts.
 */
export function readinessOf(
  starts: Float64Array,
  now: EpochMs,
  minimumHistory: DurationMs,
): Readiness {
  if (starts.length === 0) return { stage: 'waiting', reason: 'nothing has been observed yet' };
  const observed = starts.length * STEP;
  const whenSeen = (time: DurationMs): EpochMs => {
    const buckets = Math.ceil(time / STEP);
    const last = starts[buckets - 1];
    if (last !== undefined) return epochMs(last + STEP);
    return epochMs(bucketStart(now, STEP) + (buckets - starts.length) * STEP);
  };
  const usableFrom = whenSeen(minimumHistory);
  const weeklyFrom = whenSeen(FOR_WEEKDAYS);
  const dates = { usableFrom, weeklyFrom };
  if (observed < FIRST_FORECAST) {
    const first = toRfc3339(whenSeen(FIRST_FORECAST));
    return { stage: 'waiting', ...dates, reason: `first forecast at ${first}` };
  }
  if (observed < minimumHistory) {
    return { stage: 'observing', ...dates, reason: `usable from ${toRfc3339(usableFrom)}` };
  }
  if (observed >= FOR_WEEKDAYS) {
    return { stage: 'weekly', ...dates, reason: 'every weekday has been seen' };
  }
  const reason = `weekdays known from ${toRfc3339(weeklyFrom)}`;
  const stage = observed < FOR_MIXING ? 'suggesting' : observed < FOR_SKILL ? 'mixing' : 'scored';
  return { stage, ...dates, reason };
}
