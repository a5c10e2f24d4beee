import { days } from './units.ts';

/** Eight of the fifteen that a full bucket has. */
const ENOUGH = 8 / 15;

/**
 * Which buckets were sampled often enough to say what the whole of their time was: half-dead quarters of an hour are no
 * usage. What is enough is measured by the median of the same UTC day, since an imported history may have one sample a bucket.
 *
 * @param starts  of the buckets, epoch ms, in any order.
 * @param samples as many; absent = nobody counted, and all are enough.
 */
export function enoughSamples(
  starts: Float64Array,
  samples: ArrayLike<number> | undefined,
): (row: number) => boolean {
  if (samples === undefined) return () => true;
  const dayOf = (row: number): number => Math.floor((starts[row] ?? Number.NaN) / days(1));
  const rows = Array.from(starts, (_, row) => row);
  const usual = new Map(
    [...Map.groupBy(rows, dayOf)].map(([day, ofDay]) => {
      const counts = ofDay.map((row) => samples[row] ?? 0).toSorted((a, b) => a - b);
      return [day, counts[Math.floor(counts.length / 2)] ?? 0] as const;
    }),
  );
  return (row) => (samples[row] ?? 0) >= ENOUGH * (usual.get(dayOf(row)) ?? 0);
}
