const LOSS_DAYS = 14;
/** By how much a day may be worse than the days before and mean nothing; what adds up to an alarm. */
const DELTA = 0.05;
const THRESHOLD = 0.5;
/** Fewer days have no mean to be worse than. */
const FEWEST_DAYS = 4;

/** The last two weeks of daily losses, with one more day. */
export const withLoss = (losses: readonly number[], loss: number): number[] =>
  [...losses, loss].slice(-LOSS_DAYS);

/**
 * Whether daily losses have risen for good: one-sided Page-Hinkley. Each day counts by how much it is above the mean
 * of the days before it, a part of a loss in a day at most, so that no single day is an alarm.
 *
 * @param losses relative to a rule's, the latest last.
 * @see Page, Continuous Inspection Schemes, Biometrika 1954.
 */
export function hasDrifted(losses: readonly number[]): boolean {
  let sum = 0;
  let total = losses.slice(0, FEWEST_DAYS).reduce((all, loss) => all + loss, 0);
  let above = 0;
  for (const [before, loss] of losses.entries()) {
    if (before < FEWEST_DAYS) continue;
    sum += Math.min(THRESHOLD / 2, loss - total / before) - DELTA;
    sum = Math.max(0, sum);
    above = sum;
    total += loss;
  }
  return losses.length > FEWEST_DAYS && above > THRESHOLD;
}
