import { horizonOf, packedValue, type PackedIssue } from './packed-forecast.ts';
import type { DurationMs, EpochMs } from './units.ts';

/**
 * The largest forecast value over the steps that meet `[now, now + leadTime]`, at a quantile level.
 *
 * @param level between the lowest and the highest issued level; between two, interpolated.
 * @returns `undefined` when the issue does not cover the whole window, or the level.
 */
export function maximumOverLead(
  issue: PackedIssue,
  level: number,
  now: EpochMs,
  leadTime: DurationMs,
): number | undefined {
  const first = Math.floor((now - issue.start) / issue.step);
  const last = Math.floor((now + leadTime - issue.start) / issue.step);
  if (first < 0 || last >= horizonOf(issue)) return undefined;
  let largest: number | undefined;
  for (let step = first; step <= last; step += 1) {
    const value = valueAtLevel(issue, level, step);
    if (value === undefined) return undefined;
    largest = largest === undefined ? value : Math.max(largest, value);
  }
  return largest;
}

/** The value at any level between the issued ones, by linear interpolation in the level. */
export function valueAtLevel(issue: PackedIssue, level: number, step: number): number | undefined {
  const above = issue.levels.findIndex((known) => known >= level - 1e-9);
  if (above === -1) return undefined;
  const upper = packedValue(issue, above, step);
  const highLevel = issue.levels[above] ?? level;
  if (upper === undefined || Math.abs(highLevel - level) < 1e-9) return upper;
  const lower = packedValue(issue, above - 1, step);
  const lowLevel = issue.levels[above - 1];
  if (lower === undefined || lowLevel === undefined) return undefined;
  return lower + ((upper - lower) * (level - lowLevel)) / (highLevel - lowLevel);
}
