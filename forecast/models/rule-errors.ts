import { medianOfFew, valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { isWeekend, sameKindMedian, sameTimesInto } from './same-times.ts';

/** Fewer errors than this say nothing about a rule. */
const FEWEST = 12;
const LONGEST_LAG = 14;

/** Mean absolute errors of simple rules at known steps of the past, each from what lay a day or more before the step. */
export type RuleErrors = {
  readonly yesterday: number;
  readonly lastWeek: number;
  readonly usual: number;
  readonly sameKind: number;
};

type Look = { readonly last: number; readonly every: number; readonly kinds: boolean };

/**
 * @param clock steps from the epoch to the end of `z`.
 * @param last  how many of the last steps are looked at, each `every`th of them.
 * @param kinds whether days of a kind are compared, which takes longest; without it `sameKind` is what `usual` is.
 * @returns for a rule without enough errors those of the rule before it; `otherwise` for the first.
 */
export function ruleErrors(
  z: Float64Array,
  clock: number,
  { last, every, kinds }: Look,
  otherwise: number,
): RuleErrors {
  const [yesterday, lastWeek, usual, sameKind] = [tally(), tally(), tally(), tally()];
  const scratch = new Float64Array(LONGEST_LAG);
  for (let index = z.length - 1; index >= Math.max(0, z.length - last); index -= every) {
    const value = z[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    yesterday.add(value - before(z, index, STEPS_A_DAY));
    lastWeek.add(value - before(z, index, 7 * STEPS_A_DAY));
    const days = sameTimesInto(z, index, scratch);
    if (days > 0) usual.add(value - medianOfFew(scratch, days));
    if (!kinds) continue;
    const now = clock + index - z.length;
    const moment = { index, clock: now, weekend: isWeekend(now) };
    sameKind.add(value - sameKindMedian(z, moment, scratch));
  }
  const day = yesterday.mean(otherwise);
  const median = usual.mean(day);
  return {
    yesterday: day,
    lastWeek: lastWeek.mean(day),
    usual: median,
    sameKind: sameKind.mean(median),
  };
}

/** Not a number where nothing is known; indices below 0 are slow to ask for. */
const before = (z: Float64Array, index: number, steps: number): number =>
  index < steps ? Number.NaN : valueAt(z, index - steps);

function tally() {
  let sum = 0;
  let count = 0;
  return {
    add(error: number): void {
      if (Number.isNaN(error)) return;
      sum += Math.abs(error);
      count += 1;
    },
    mean: (otherwise: number): number => (count < FEWEST ? otherwise : sum / count),
  };
}
