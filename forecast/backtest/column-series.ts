import { fillGaps } from '../../domain/gaps.ts';
import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import type { Column } from './wide-csv.ts';

const LEAST_OBSERVED = 9 * STEPS_A_DAY;
/** A century: more is a mistyped timestamp. */
const MOST_STEPS = 36_525 * STEPS_A_DAY;
const WEEK = 7 * STEPS_A_DAY;

export type ColumnSeries =
  | { readonly ok: true; readonly series: Series }
  | { readonly ok: false; readonly reason: string };

/** The column on its grid, from its first to its last observed step, or why it is not scored. */
export function columnSeries({ starts, values: cells }: Column): ColumnSeries {
  if (starts.length < LEAST_OBSERVED) {
    return { ok: false, reason: `${starts.length} observed steps, need ${LEAST_OBSERVED}` };
  }
  const first = starts[0] ?? 0;
  const length = ((starts.at(-1) ?? first) - first) / STEP + 1;
  if (length > MOST_STEPS) return { ok: false, reason: `it spans ${length} steps` };
  const values = new Float64Array(length);
  const observed = new Uint8Array(length);
  for (const [index, start] of starts.entries()) {
    const at = (start - first) / STEP;
    values[at] = cells[index] ?? Number.NaN;
    observed[at] = 1;
  }
  return { ok: true, series: fillGaps(epochMs(first), values, observed) };
}

/** The last steps of a history as if nothing had been before them; `undefined` when none of them was observed. */
export function lastSteps({ start, step, values, observed }: Series, count: number) {
  const first = observed.indexOf(1, Math.max(0, values.length - count));
  if (first === -1) return undefined;
  return fillGaps(epochMs(start + first * step), values.slice(first), observed.slice(first));
}

/** Whether the last week repeats the week before exactly, where both were observed: made by a copier, not by a load. */
export function isCopy({ values, observed }: Series): boolean {
  if (values.length < 2 * WEEK) return false;
  let pairs = 0;
  for (let index = values.length - WEEK; index < values.length; index += 1) {
    if (observed[index] === 0 || observed[index - WEEK] === 0) continue;
    if (values[index] !== values[index - WEEK]) return false;
    pairs += 1;
  }
  return pairs > 0;
}

/** The history with straight lines over its gaps; what is not yet known is the last value that is. */
export function withStraightLines({ values, observed }: Series): Float64Array {
  const lines = values.slice();
  for (let gap = observed.indexOf(0); gap !== -1; gap = observed.indexOf(0, gap)) {
    const next = observed.indexOf(1, gap);
    const end = next === -1 ? values.length : next;
    const before = valueAt(lines, gap - 1);
    const after = end < values.length ? valueAt(lines, end) : before;
    for (let index = gap; index < end; index += 1) {
      lines[index] = before + ((after - before) * (index - gap + 1)) / (end - gap + 1);
    }
    gap = end;
  }
  return lines;
}
