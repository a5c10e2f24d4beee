import { medianOfFew } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

const DAYS = 7;
const DAYS_OF_A_KIND = 14;

/** Sunday is 0, in UTC; day 0 of the epoch was a Thursday. */
const weekdayOf = (clock: number): number => (Math.floor(clock / STEPS_A_DAY) + 4) % 7;
const isFree = (weekday: number): boolean => weekday === 0 || weekday === 6;

/** Sundays and Saturdays, in UTC. */
export const isWeekend = (clock: number): boolean => isFree(weekdayOf(clock));

/** What is known of the same time of the seven days before `index`, latest first. */
export function sameTimesOf(z: Float64Array, index: number, into: Float64Array): Float64Array {
  let count = 0;
  for (let day = 1; day <= DAYS; day += 1) {
    const value = z[index - day * STEPS_A_DAY] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    into[count] = value;
    count += 1;
  }
  return into.subarray(0, count);
}

/** A place in z, `clock` steps from the epoch, whose day is to be compared with others. */
export type Moment = { readonly index: number; readonly clock: number; readonly weekend: boolean };

/**
 * The median of what is known of the same time of the last two weeks, on working days or on free ones, as `weekend` says;
 * not a number when nothing is.
 */
export function sameKindMedian(z: Float64Array, moment: Moment, into: Float64Array): number {
  const weekday = weekdayOf(moment.clock);
  let count = 0;
  for (let day = 1; day <= DAYS_OF_A_KIND; day += 1) {
    if (isFree((weekday + DAYS_OF_A_KIND - day) % DAYS) !== moment.weekend) continue;
    const value = z[moment.index - day * STEPS_A_DAY] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    into[count] = value;
    count += 1;
  }
  return count === 0 ? Number.NaN : medianOfFew(into.subarray(0, count));
}
