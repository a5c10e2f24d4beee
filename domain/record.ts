import type { Score } from './score.ts';

/** How issued forecasts did over several days, leads and models together. */
export type TrackRecord = {
  /** 1 - their loss / that of seasonal naive on the same truth. */
  readonly skill: number;
  /** Scored values. */
  readonly scored: number;
  /** Share of truths within q10..q90. */
  readonly coverage: number;
  /** Share of truths up to q90. */
  readonly belowQ90: number;
  /** Mean of (truth - median) / scale. */
  readonly bias: number;
};

/** The leads that scaling reads: a lead time is an hour at most. */
export const LEADS_OF_SCALING: ReadonlySet<number> = new Set([1, 2, 4]);

/**
 * Losses are added up, not ratios; a row without any loss weighs nothing there, for its rival's loss is not known.
 *
 * @param rows of one series; its scale hardly changes from day to day.
 * @returns `undefined` without a row.
 */
export function recordOf(rows: readonly Score[]): TrackRecord | undefined {
  let [own, rival, scored, coverage, below, bias] = [0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    scored += row.n;
    own += row.n * row.pinball;
    if (row.skill < 1) rival += (row.n * row.pinball) / (1 - row.skill);
    coverage += row.n * row.coverage;
    below += row.n * (row.belowQ90 ?? 0);
    bias += row.n * (row.bias ?? 0);
  }
  if (scored === 0) return undefined;
  return {
    skill: rival > 0 ? 1 - own / rival : 1,
    scored,
    coverage: coverage / scored,
    belowQ90: below / scored,
    bias: bias / scored,
  };
}
