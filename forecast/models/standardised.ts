import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

/** What lies further back than this tells a classic model nothing. */
const STEPS_FITTED = 28 * STEPS_A_DAY;
/** A spread below this share of the level is the arithmetic's own noise. */
const SMALLEST_SPREAD = 1e-12;

/**
 * What a model says of the last four weeks when they are brought to mean 0 and deviation 1, brought back: no model needs
 * to know the unit, and a constant stays exactly what it is.
 *
 * @param ahead may throw where it finds no fit.
 * @returns `undefined` without a fit, or with one that is not finite.
 */
export function standardised(
  { values: all }: Series,
  ahead: (values: Float64Array) => readonly number[],
): ((step: number) => number) | undefined {
  const values = all.subarray(-STEPS_FITTED);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  const spread = Math.sqrt(variance);
  const last = values.at(-1) ?? mean;
  if (!(spread > SMALLEST_SPREAD * Math.abs(mean))) return () => last;
  const points = unlessRefused(() => ahead(values.map((value) => (value - mean) / spread)));
  return points && ((step) => mean + spread * (points[step] ?? Number.NaN));
}

function unlessRefused(ahead: () => readonly number[]): readonly number[] | undefined {
  try {
    const points = ahead();
    return points.every(Number.isFinite) ? points : undefined;
  } catch {
    return undefined;
  }
}
