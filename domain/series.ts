import type { DurationMs, EpochMs } from './units.ts';
import { epochMs } from './units.ts';

declare const regular: unique symbol;

/** A gap-free, finite, regularly spaced series. Only {@link series} can make one, so no one else checks. */
export type Series = {
  readonly start: EpochMs;
  readonly step: DurationMs;
  readonly values: Float64Array;
  /** 1 = measured, 0 = filled: a filled value is never scored and never a residual. */
  readonly observed: Uint8Array;
  readonly [regular]: true;
};

export type SeriesDefect =
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-finite'; readonly index: number };

export type SeriesResult =
  | { readonly ok: true; readonly series: Series }
  | { readonly ok: false; readonly defect: SeriesDefect };

/** @param observed same length as `values`; absent = everything was measured. */
export function series(
  start: EpochMs,
  step: DurationMs,
  values: Float64Array,
  observed: Uint8Array = new Uint8Array(values.length).fill(1),
): SeriesResult {
  if (values.length === 0) return { ok: false, defect: { kind: 'empty' } };
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index !== -1) return { ok: false, defect: { kind: 'not-finite', index } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place a Series is born
  return { ok: true, series: { start, step, values, observed } as Series };
}

export const timeAt = (s: Series, index: number): EpochMs => epochMs(s.start + index * s.step);
