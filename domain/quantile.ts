/**
 * Linear-interpolated quantile of an ascending, non-empty array.
 * @param count how many of the first values there are; absent = all.
 * @see Hyndman & Fan, Sample Quantiles in Statistical Packages, 1996, type 7.
 */
export function quantile(ascending: Float64Array, level: number, count = ascending.length): number {
  const position = level * (count - 1);
  const below = Math.floor(position);
  const low = valueAt(ascending, below);
  if (position === below) return low;
  return low + (position - below) * (valueAt(ascending, below + 1) - low);
}

/**
 * The median of a few values, at least one, in any order; sorts them in place, by insertion.
 * @param count how many of the first values there are; absent = all.
 */
export function medianOfFew(values: Float64Array, count = values.length): number {
  for (let index = 1; index < count; index += 1) {
    const value = valueAt(values, index);
    let free = index;
    for (; free > 0 && valueAt(values, free - 1) > value; free -= 1) {
      values[free] = valueAt(values, free - 1);
    }
    values[free] = value;
  }
  return quantile(values, 0.5, count);
}

/** The value at an index that the caller knows to exist. */
export function valueAt(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new RangeError(`index ${index} is outside 0..${values.length - 1}`);
  }
  return value;
}
