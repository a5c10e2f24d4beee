import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

/** What lies further back than this tells a fitted rule nothing. */
const STEPS_FITTED = 28 * STEPS_A_DAY;

type Point = (origin: number, step: number) => number;

/**
 * Two fits serve all origins: what is fitted before the oldest of them for every origin of the past, which thus never
 * sees what came after it, and what is fitted on everything for the end. The past is always fitted first, so that the
 * other can begin where it came to.
 *
 * @param fit fits once on the steps `[from, to)` and answers for any origin from `to` on.
 */
export function pastAndNow(
  { values: { length: end } }: Series,
  oldest: number,
  fit: (from: number, to: number) => Point,
): Point {
  const from = Math.max(0, oldest - STEPS_FITTED);
  let past: Point | undefined;
  let now: Point | undefined;
  return (origin, step) => {
    past ??= fit(from, oldest);
    if (origin !== end || oldest === end) return past(origin, step);
    return (now ??= fit(from, end))(origin, step);
  };
}
