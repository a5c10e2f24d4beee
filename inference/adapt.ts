import type { AdaptedLevel } from '../domain/use.ts';
import { quantileOf, VINTAGE_LEADS, type Vintage } from '../domain/vintage.ts';
import { STEP, type DurationMs, type EpochMs } from '../domain/units.ts';

const GAMMA = 0.02;
const LARGEST_CUT = 0.15;
const HIGHEST = 0.999;

/** A step that is over: what was said of it one lead time before, and what came. */
export type ClosedStep = { readonly at: EpochMs; readonly said: Vintage; readonly truth: number };

/**
 * Online correction of one level, so that the share of truths up to it becomes the target also where the model is too wide
 * or too narrow: `t' = t + gamma (target - 1[y <= q(t)])`, t within `[target - 0.15, 0.999]`.
 *
 * @param steps any order; those that have been learnt from already change nothing, nor do those that were not observed.
 * @see Gibbs & Candes, Adaptive Conformal Inference Under Distribution Shift, 2021.
 */
export function adapt(
  was: AdaptedLevel | undefined,
  target: number,
  steps: readonly ClosedStep[],
): AdaptedLevel | undefined {
  let state = was?.target === target ? was : undefined;
  for (const { at, said, truth } of steps.toSorted((a, b) => a.at - b.at)) {
    if (state !== undefined && at <= state.seen) continue;
    const level: number = state?.level ?? target;
    const wasEnough = truth <= quantileOf(said, level);
    const next = level + GAMMA * (target - (wasEnough ? 1 : 0));
    state = { target, level: Math.min(HIGHEST, Math.max(lowestOf(target), next)), seen: at };
  }
  return state;
}

const lowestOf = (target: number): number => target - LARGEST_CUT;

/** Whether a correction can have led there: what stands in a store may be anything, and far below it would be too few replicas. */
export const isWithinReach = (level: number, target: number): boolean =>
  level >= lowestOf(target) && level <= HIGHEST;

/** The lead at which a step was last forecast before it was needed: the shortest frozen one that is not shorter. */
export function leadOf(leadTime: DurationMs): number {
  const steps = Math.max(1, Math.ceil(leadTime / STEP));
  return VINTAGE_LEADS.find((lead) => lead >= steps) ?? 96;
}
