import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { relativeLoss, type Choice } from './choose.ts';

const CONSTANT_DAYS = 3;
/** In shares of the value: below it, a change is noise of the arithmetic. */
const SMALLEST_CHANGE = 1e-9;
const DAYS_TO_BE_SURE = 7;
/** Whatever a better model gains below this share is not worth its training. */
const LARGEST_RATIO = 1.02;
const HALF = 0.5;
const SEASONAL_NAIVE = 'seasonal-naive';

export const CONSTANT = 'constant for 3 days';
export const NAIVE_SUFFICES = 'seasonal naive is within 2 % of the best';

/** Whether what was observed in the last three days, at least half of it, was always the same. */
export function isConstant({ values, observed }: Series): boolean {
  const from = values.length - CONSTANT_DAYS * STEPS_A_DAY;
  if (from < 0) return false;
  let [least, most, seen] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let index = from; index < values.length; index += 1) {
    if (observed[index] === 0) continue;
    least = Math.min(least, valueAt(values, index));
    most = Math.max(most, valueAt(values, index));
    seen += 1;
  }
  const enough = seen * 2 >= CONSTANT_DAYS * STEPS_A_DAY;
  return enough && most - least <= SMALLEST_CHANGE * Math.max(Math.abs(most), Math.abs(least));
}

/**
 * The seasonal naive rule that over the last seven days was as good as any model, or nearly, and that is at least half of
 * what was chosen: on real traces a rule that was near the best but had a small share did 11 % worse than the mixture.
 */
export function sufficientRule(
  { errors, parts }: Pick<Choice, 'errors' | 'parts'>,
  models: readonly Model[],
  baseline: Model,
): Model | undefined {
  const scored = models.filter(
    ({ name }) => errors.filter(({ model }) => model === name).length >= DAYS_TO_BE_SURE,
  );
  const lossOf = (model: Model): number => relativeLoss(errors, model, baseline);
  const best = Math.min(...scored.map(lossOf));
  return scored.find(
    (rule) =>
      rule.name.startsWith(SEASONAL_NAIVE) &&
      lossOf(rule) <= LARGEST_RATIO * best &&
      parts.some(({ model, weight }) => model.name === rule.name && weight >= HALF),
  );
}
