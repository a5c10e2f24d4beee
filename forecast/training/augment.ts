import type { Random } from '../../domain/random.ts';
import { valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { between, chance } from './chance.ts';
import { profileOf, type Example } from './synthetic.ts';

const SHARE_WITH_RHYTHM = 0.4;
const SHARE_TURNED = 0.1;

/**
 * The example as it could have been as well: upside down, or with a daily rhythm on top. A rhythm that repeats exactly
 * leaves the changes from day to day as they were, so the errors stay real while the shape is another.
 */
export function augmented(example: Example, random: Random): Example {
  const { values, clock } = example;
  const sign = chance(random, SHARE_TURNED) ? -1 : 1;
  const height = chance(random, SHARE_WITH_RHYTHM)
    ? dailyChange(example) * 10 ** between(random, -0.3, 1.1)
    : 0;
  if (height === 0 && sign === 1) return example;
  const profile = profileOf(random);
  return {
    ...example,
    values: values.map(
      (value, index) => sign * value + height * valueAt(profile, (clock + index) % STEPS_A_DAY),
    ),
  };
}

function dailyChange({ values, observed }: Example): number {
  let sum = 0;
  let pairs = 0;
  for (let index = STEPS_A_DAY; index < values.length; index += 1) {
    if (observed[index] === 0 || observed[index - STEPS_A_DAY] === 0) continue;
    sum += Math.abs(valueAt(values, index) - valueAt(values, index - STEPS_A_DAY));
    pairs += 1;
  }
  return pairs === 0 ? 0 : sum / pairs;
}
