import { expect, test } from 'vitest';
import { quantile } from '../../domain/quantile.ts';
import { seededRandom } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { neighbourhoods } from './network-neighbourhood.ts';

const random = seededRandom(4);
/** Many equal values, and a third that is not known. */
const z = Float64Array.from({ length: 900 }, () =>
  random() < 0.3 ? Number.NaN : Math.round(6 * random()),
);

function plainly(index: number) {
  const seen = Array.from({ length: 7 }, (_, day) => index - (day + 1) * STEPS_A_DAY)
    .flatMap((middle) => [-2, -1, 0, 1, 2].map((off) => z[middle + off] ?? Number.NaN))
    .filter((value) => !Number.isNaN(value));
  const ascending = Float64Array.from(seen).toSorted();
  const [low, middle, high] = [0.1, 0.5, 0.9].map((level) => quantile(ascending, level));
  return { low, middle, high };
}

test('from step to step the quantiles are those of all that is known about the time of day', () => {
  const at = neighbourhoods(z);
  for (let index = 900; index < 996; index += 1) expect(at(index)).toEqual(plainly(index));
});

test('in any order too, and where the history begins within the week', () => {
  const at = neighbourhoods(z);
  for (const index of [950, 951, 951, 910, 400, 401, 250, 100, 101, 995]) {
    expect(at(index)).toEqual(plainly(index));
  }
});

test('where nothing is known there are none, and there are again afterwards', () => {
  const gap = z.map((value, index) => (index % STEPS_A_DAY < 20 ? Number.NaN : value));
  const at = neighbourhoods(gap);
  expect(at(9 * STEPS_A_DAY + 17)).toBeUndefined();
  for (let step = 18; step < 22; step += 1) {
    expect(at(9 * STEPS_A_DAY + step)).toEqual(neighbourhoods(gap)(9 * STEPS_A_DAY + step));
  }
  expect(at(9 * STEPS_A_DAY + 22)).toBeDefined();
});
