import { fnv1a } from '../../domain/fnv.ts';
import { bucketStart, days, epochMs, STEP, type EpochMs } from '../../domain/units.ts';
import type { SeriesMemory } from './choice-memory.ts';

/** Eight hours of the UTC night. */
const STEPS_OF_THE_NIGHT = 32;
/** A series that a rule serves well is looked at again once a week. */
const NIGHTS_SPARED = 7;
const SERIES_A_STEP = 24_000;
/** An hour. */
const MOST_TURNS = 4;
/** The lower bits say which shard a component is of: within one they are all alike. */
const FREE_BITS = 16;

/**
 * Whether what was chosen for a series is to be chosen anew: once a night, each component at its own step of the
 * night, lest all are due at once. A night that was missed is made up for, and a choice of the future was made by a clock
 * that has jumped since.
 */
export function isDue(memory: SeriesMemory | undefined, id: string, now: EpochMs): boolean {
  if (memory === undefined) return true;
  const nights = memory.spared === undefined ? 1 : NIGHTS_SPARED;
  return memory.at > now || memory.at < lastTurnOf(id, now) - days(nights - 1);
}

/**
 * Whether the forecast of a component is to be renewed at this step. In a large fleet each has its turn, once an hour at
 * least, so that a step costs no more than renewing 24,000 series does: a minute of one core.
 *
 * @param series of the fleet.
 */
export function isItsTurn(id: string, series: number, now: EpochMs): boolean {
  const turns = Math.min(MOST_TURNS, Math.ceil(series / SERIES_A_STEP));
  return turns <= 1 || (fnv1a(id) >>> FREE_BITS) % turns === Math.floor(now / STEP) % turns;
}

function lastTurnOf(id: string, now: EpochMs): EpochMs {
  const turn = ((fnv1a(id) >>> FREE_BITS) % STEPS_OF_THE_NIGHT) * STEP;
  return epochMs(bucketStart(epochMs(now - turn), days(1)) + turn);
}
