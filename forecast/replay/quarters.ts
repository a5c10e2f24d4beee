import {
  bucketStart,
  durationMs,
  epochMs,
  minutes,
  STEP,
  type EpochMs,
} from '../../domain/units.ts';
import { maximumOverLead } from '../../domain/lead-window.ts';
import type { PackedIssue } from '../../domain/packed-forecast.ts';
import type { Foresight } from './policies.ts';
import { TICK, type Trace } from './trace.ts';

/** A trace as production would have collected it: means over aligned quarters of an hour. */
export type Quarters = {
  readonly start: EpochMs;
  readonly means: Float64Array;
  /** 0 = fewer than half of the quarter were measured. */
  readonly observed: Uint8Array;
};

const TICKS_A_QUARTER = STEP / TICK;

export function quartersOf({ start, demand, observed }: Trace): Quarters {
  const first = bucketStart(start, STEP);
  const offset = (start - first) / TICK;
  const length = Math.ceil((offset + demand.length) / TICKS_A_QUARTER);
  const means = new Float64Array(length);
  const counts = new Uint32Array(length);
  demand.forEach((value, tick) => {
    if (observed[tick] === 0) return;
    const quarter = Math.floor((offset + tick) / TICKS_A_QUARTER);
    counts[quarter] = (counts[quarter] ?? 0) + 1;
    means[quarter] = (means[quarter] ?? 0) + value;
  });
  return {
    start: first,
    means: means.map((sum, quarter) => sum / Math.max(1, counts[quarter] ?? 0)),
    observed: Uint8Array.from(counts, (count) => (count * 2 >= TICKS_A_QUARTER ? 1 : 0)),
  };
}

/** The true means of the quarters that meet `[now, now + lead]`: what no forecast of means can surpass. */
export const truthOf =
  ({ start, means }: Quarters): Foresight =>
  (_, lead) =>
  (now) => {
    const first = Math.floor((now - start) / STEP);
    const last = Math.floor((now + lead - start) / STEP);
    return means.subarray(first, last + 1).reduce((most, mean) => Math.max(most, mean), 0);
  };

/** A forecast of the step that begins at `origin` and of those after it, from what lies before it alone. */
export type Issues = (origin: EpochMs) => PackedIssue | undefined;

/** Training and the snapshot take their time. */
const VISIBLE_AFTER = minutes(1);

/** What is served from forecasts that are issued each quarter of an hour. */
export const servedFrom =
  (issues: Issues): Foresight =>
  (level, lead) =>
  (now) => {
    const origin = bucketStart(epochMs(now - VISIBLE_AFTER), STEP);
    const issue = issues(origin);
    return issue === undefined ? undefined : maximumOverLead(issue, level, now, lead);
  };

/** Steps that a forecast must have to be served until the next one is visible. */
export const stepsNeeded = (lead: number): number =>
  Math.ceil(durationMs(lead + VISIBLE_AFTER) / STEP) + 2;
