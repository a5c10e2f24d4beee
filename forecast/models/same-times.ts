import { medianOfFew } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

const DAYS = 7;
const DAYS_OF_A_KIND = 14;

/** Sunday is 0, in UTC; day 0 of the epoch was a Thursday. */
const weekdayOf = (clock: number): number => (Math.floor(clock / STEPS_A_DAY) + 4) % 7;
const isFree = (weekday: number): boolean => weekday === 0 || weekday === 6;

/** Sundays and Saturdays, in UTC. */
export const isWeekend = (clock: number): boolean => isFree(weekdayOf(clock));

/** Where the days of one kind of the last two weeks lie, as seen from a weekday: first on working days, then on free ones. */
const STEPS_BACK = [false, true].map((free) =>
  Array.from({ length: DAYS }, (_, weekday) =>
    Array.from({ length: DAYS_OF_A_KIND }, (__, index) => index + 1)
      .filter((day) => isFree((weekday + DAYS_OF_A_KIND - day) % DAYS) === free)
      .map((day) => day * STEPS_A_DAY),
  ),
);

/** Writes what is known of the same time of the seven days before `index`, latest first, and says how many there are. */
export function sameTimesInto(z: Float64Array, index: number, into: Float64Array): number {
  const oldest = Math.max(0, index - DAYS * STEPS_A_DAY);
  let count = 0;
  for (let at = index - STEPS_A_DAY; at >= oldest; at -= STEPS_A_DAY) {
    const value = z[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    into[count] = value;
    count += 1;
  }
  return count;
}

/** What is known of the same time of the seven days before `index`, latest first. */
export const sameTimesOf = (z: Float64Array, index: number, into: Float64Array): Float64Array =>
  into.subarray(0, sameTimesInto(z, index, into));

/** A place in z, `clock` steps from the epoch, whose day is to be compared with others. */
export type Moment = { readonly index: number; readonly clock: number; readonly weekend: boolean };

const NOWHERE: readonly number[] = [];

/**
 * The median of what is known of the same time of the last two weeks, on working days or on free ones, as `weekend` says;
 * not a number when nothing is.
 */
export function sameKindMedian(z: Float64Array, moment: Moment, into: Float64Array): number {
  const back = STEPS_BACK[moment.weekend ? 1 : 0]?.[weekdayOf(moment.clock)] ?? NOWHERE;
  let count = 0;
  for (let day = 0; day < back.length; day += 1) {
    const at = moment.index - (back[day] ?? 0);
    if (at < 0) break;
    const value = z[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    into[count] = value;
    count += 1;
  }
  return count === 0 ? Number.NaN : medianOfFew(into, count);
}
