import { quantile, valueAt } from '../../domain/quantile.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

const DAYS = 7;
/** Steps on either side that count as the same time of day. */
export const NEIGHBOURS = 2;

/** The spread of what was seen about one time of day. */
export type Neighbourhood = {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
};

/**
 * The 0.1, 0.5 and 0.9 quantiles of what is known about a time of day in the seven days before an index of `z`, with two
 * steps on either side; `undefined` when nothing is. From one index to the next few values come and go, and the others
 * stay in their order.
 */
export function neighbourhoods(z: Float64Array): (index: number) => Neighbourhood | undefined {
  const ascending = new Float64Array(DAYS * (2 * NEIGHBOURS + 1) + 1);
  let count = 0;
  let last = Number.NaN;

  const at = (index: number): number => (index < 0 ? Number.NaN : (z[index] ?? Number.NaN));

  function placeOf(value: number): number {
    let place = 0;
    while (valueAt(ascending, place) !== value) place += 1;
    return place;
  }

  function replace(gone: number, come: number): void {
    let free = count;
    if (Number.isNaN(gone)) count += 1;
    else free = placeOf(gone);
    if (Number.isNaN(come)) {
      ascending.copyWithin(free, free + 1, count);
      count -= 1;
      return;
    }
    for (; free > 0 && valueAt(ascending, free - 1) > come; free -= 1) {
      ascending[free] = valueAt(ascending, free - 1);
    }
    for (; free + 1 < count && valueAt(ascending, free + 1) < come; free += 1) {
      ascending[free] = valueAt(ascending, free + 1);
    }
    ascending[free] = come;
  }

  function moveTo(index: number): void {
    const isNext = index === last + 1;
    if (!isNext) count = 0;
    for (let day = 1; day <= DAYS; day += 1) {
      const middle = index - day * STEPS_A_DAY;
      if (isNext) replace(at(middle - NEIGHBOURS - 1), at(middle + NEIGHBOURS));
      else {
        for (let near = middle - NEIGHBOURS; near <= middle + NEIGHBOURS; near += 1) {
          replace(Number.NaN, at(near));
        }
      }
    }
    last = index;
  }

  return (index) => {
    moveTo(index);
    if (count === 0) return undefined;
    return {
      low: quantile(ascending, 0.1, count),
      middle: quantile(ascending, 0.5, count),
      high: quantile(ascending, 0.9, count),
    };
  };
}
