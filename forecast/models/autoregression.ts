import { valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { dot, noRows, noTargets, penalised, withRow, withTarget } from './normal-equations.ts';

const LAGS = [1, 2, 3, 4, STEPS_A_DAY] as const;

/**
 * The errors that are still to come, by the last of a day of errors; in place of one that is not known stands 0.
 *
 * @param last a day or more.
 */
type ErrorsToCome = (last: Float64Array, steps: number) => Float64Array;

/**
 * An autoregression on the errors of a regression, a few steps and a day back. What it foretells is never larger than what it was
 * fitted on: it cannot run away.
 *
 * @param errors  0 where not observed.
 * @param lambda  ridge penalty, in multiples of the mean square error.
 */
export function autoregression(
  errors: Float64Array,
  isObserved: (index: number) => boolean,
  lambda: number,
): ErrorsToCome {
  let largest = 0;
  for (let index = STEPS_A_DAY; index < errors.length; index += 1) {
    if (isObserved(index)) largest = Math.max(largest, Math.abs(valueAt(errors, index)));
  }
  if (largest === 0) return (_, steps) => new Float64Array(steps);
  // In multiples of the largest, whose square is neither nothing nor without end.
  const scaled = errors.map((error) => error / largest);
  // The constant of the equations is unused: errors have none.
  const row = new Float64Array(1 + LAGS.length);
  let rows = noRows(row.length);
  let targets = noTargets(row.length);
  for (let index = STEPS_A_DAY; index < scaled.length; index += 1) {
    if (!isObserved(index)) continue;
    rows = withRow(rows, lagsBefore(scaled, index, row), 1);
    targets = withTarget(targets, row, valueAt(scaled, index), 1);
  }
  const penalty = (lambda * targets.square) / rows.count;
  const weights = penalised(rows, row.length, penalty)(targets.moment);
  return (last, steps) => {
    const all = new Float64Array(last.length + steps);
    all.set(last);
    for (let index = last.length; index < all.length; index += 1) {
      const next = dot(weights, lagsBefore(all, index, row));
      all[index] = Math.max(-largest, Math.min(largest, next));
    }
    return all.subarray(last.length);
  };
}

function lagsBefore(errors: Float64Array, index: number, row: Float64Array): Float64Array {
  for (let at = 0; at < LAGS.length; at += 1) {
    row[at + 1] = valueAt(errors, index - (LAGS[at] ?? 1));
  }
  return row;
}
