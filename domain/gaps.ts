import { enoughSamples } from './enough-samples.ts';
import type { HistoryColumn } from './history.ts';
import { medianOfFew, valueAt } from './quantile.ts';
import { series, type Series } from './series.ts';
import {
  bucketStart,
  days,
  durationMs,
  epochMs,
  hours,
  STEP,
  STEPS_A_DAY,
  toRfc3339,
  type DurationMs,
  type EpochMs,
  type Window,
} from './units.ts';

/** Why a history cannot be forecast from, with its numbers. */
export type HistoryDefect =
  | { readonly kind: 'empty' }
  | { readonly kind: 'silent'; readonly lastSeen: EpochMs }
  | {
      readonly kind: 'too-short';
      readonly have: DurationMs;
      readonly need: DurationMs;
      readonly usableFrom: EpochMs;
    }
  /** Steps observed, of the steps of the last seven days. */
  | { readonly kind: 'too-gappy'; readonly observed: number; readonly of: number };

export type PreparedHistory =
  | { readonly ok: true; readonly series: Series }
  | { readonly ok: false; readonly defect: HistoryDefect; readonly reason: string };

/** Longer gaps are filled from the days before: a straight line over hours is no usage. */
const LONGEST_LINE_STEPS = 4;
const DAYS_BEFORE = 7;
const LONGEST_SILENCE = days(1);

/**
 * History as a regular, gap-free series, or why it cannot be one. The grid goes from the first observed
 * bucket to the window's end, so the forecast's origin is the step after the last closed bucket, whether
 * or not that bucket was observed: a dead collector must not shift the clock. A filled step is marked as
 * not observed; it is never zero, and never a target.
 *
 * @param column  rows outside the window, off the grid, not finite or seldom sampled count as not observed.
 * @param minimum the observed time that is needed; unobserved time does not count.
 */
export function prepareHistory(
  column: HistoryColumn,
  window: Window,
  minimum: DurationMs,
): PreparedHistory {
  const origin = bucketStart(window.to, STEP);
  const rows = rowsWithin(column, window.from, origin);
  if (rows.length === 0) return refused({ kind: 'empty' });
  const start = rows.reduce((first, row) => Math.min(first, row.start), Number(origin));
  const values = new Float64Array(Math.round((origin - start) / STEP));
  const observed = new Uint8Array(values.length);
  for (const row of rows) {
    const index = Math.round((row.start - start) / STEP);
    values[index] = row.value;
    observed[index] = 1;
  }
  return prepareSteps(epochMs(start), values, observed, minimum);
}

/**
 * The same of values that stand on the grid already; gaps are filled in place.
 *
 * @param start    of the first step, which must be observed unless there is none.
 * @param observed 1 = measured, as long as `values`.
 */
export function prepareSteps(
  start: EpochMs,
  values: Float64Array,
  observed: Uint8Array,
  minimum: DurationMs,
): PreparedHistory {
  if (values.length === 0) return refused({ kind: 'empty' });
  const defect = defectOf(start, observed, minimum);
  return defect === undefined
    ? { ok: true, series: fillGaps(start, values, observed) }
    : refused(defect);
}

/**
 * What the same history looked like when only its first `count` steps had happened: a gap that lay open at that
 * moment is filled without what came afterwards.
 *
 * @param count 1 to the length of the history.
 */
export function historyBefore(history: Series, count: number): Series {
  const observed = history.observed.subarray(0, count);
  const values = history.values.subarray(0, count);
  if (observed[count - 1] === 0) return fillGaps(history.start, values.slice(), observed);
  const made = series(history.start, history.step, values, observed);
  if (!made.ok) throw new RangeError(`a history of ${count} steps is none`);
  return made.series;
}

type Row = { readonly start: number; readonly value: number };

function rowsWithin(column: HistoryColumn, from: EpochMs, to: EpochMs): Row[] {
  const { starts, values, samples } = column;
  const isEnough = enoughSamples(starts, samples);
  return Array.from(starts, (start, row) => ({
    start,
    value: isEnough(row) ? (values[row] ?? Number.NaN) : Number.NaN,
  })).filter(
    ({ start, value }) =>
      start >= from && start < to && start % STEP === 0 && Number.isFinite(value),
  );
}

function defectOf(
  start: EpochMs,
  observed: Uint8Array,
  minimum: DurationMs,
): HistoryDefect | undefined {
  const silentSteps = observed.length - 1 - observed.lastIndexOf(1);
  const lastSeen = epochMs(start + (observed.length - silentSteps) * STEP);
  if (silentSteps * STEP >= LONGEST_SILENCE) return { kind: 'silent', lastSeen };
  const have = durationMs(count(observed) * STEP);
  if (have < minimum) {
    const unobserved = observed.length * STEP - have;
    const usableFrom = epochMs(start + minimum + unobserved);
    return { kind: 'too-short', have, need: minimum, usableFrom };
  }
  const lastDays = observed.subarray(-DAYS_BEFORE * STEPS_A_DAY);
  const seen = count(lastDays);
  return seen * 2 < lastDays.length
    ? { kind: 'too-gappy', observed: seen, of: lastDays.length }
    : undefined;
}

const count = (observed: Uint8Array): number => observed.reduce((sum, seen) => sum + seen, 0);

function refused(defect: HistoryDefect): PreparedHistory {
  return { ok: false, defect, reason: reasonOf(defect) };
}

function reasonOf(defect: HistoryDefect): string {
  switch (defect.kind) {
    case 'empty':
      return 'no usage has been recorded in the history window';
    case 'silent':
      return `no usage has been recorded since ${toRfc3339(defect.lastSeen)}`;
    case 'too-short':
      return `have ${inHours(defect.have)} h of history, need ${inHours(defect.need)} h; usable from ${toRfc3339(defect.usableFrom)}`;
    case 'too-gappy':
      return `only ${defect.observed} of the last ${defect.of} steps were observed, need half of them`;
    default:
      return defect satisfies never;
  }
}

const inHours = (duration: DurationMs): number => duration / hours(1);

/**
 * The series of these steps; every one that was not observed is filled, in place, from what lies around it.
 *
 * @param observed the first step must be: nothing lies before it to fill it from.
 */
export function fillGaps(start: EpochMs, values: Float64Array, observed: Uint8Array): Series {
  for (let first = observed.indexOf(0); first !== -1; first = observed.indexOf(0, first)) {
    const next = observed.indexOf(1, first);
    const end = next === -1 ? observed.length : next;
    fillGap(values, observed, first, end);
    first = end;
  }
  const made = series(start, STEP, values, observed);
  if (!made.ok) throw new RangeError(`the filled history is ${made.defect.kind}`);
  return made.series;
}

/** Fills `[first, end)`; the step before it is observed, the one at `end` too unless the history ends there. */
function fillGap(values: Float64Array, observed: Uint8Array, first: number, end: number): void {
  const before = valueAt(values, first - 1);
  const after = end < values.length ? valueAt(values, end) : before;
  const long = end - first > LONGEST_LINE_STEPS;
  for (let index = first; index < end; index += 1) {
    const line = before + ((after - before) * (index - first + 1)) / (end - first + 1);
    values[index] = (long ? sameTimeMedian(values, observed, index) : undefined) ?? line;
  }
}

/** The median of what was observed at this time of the seven days before; `undefined` when nothing was. */
function sameTimeMedian(
  values: Float64Array,
  observed: Uint8Array,
  index: number,
): number | undefined {
  const seen = new Float64Array(DAYS_BEFORE);
  let found = 0;
  for (let day = 1; day <= DAYS_BEFORE; day += 1) {
    const earlier = index - day * STEPS_A_DAY;
    if (observed[earlier] === 1) {
      seen[found] = valueAt(values, earlier);
      found += 1;
    }
  }
  return found === 0 ? undefined : medianOfFew(seen.subarray(0, found));
}
