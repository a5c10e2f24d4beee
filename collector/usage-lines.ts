import type { EpochMs } from '../domain/units.ts';

/** Sums of what parts of components used, by component and instant; CSV of them is what `importCsv` reads. */
export function usageSums() {
  const sums = new Map<string, Map<EpochMs, { cpu?: number; memory?: number }>>();
  return {
    /** @param place `namespace,component`. */
    add(place: string, at: EpochMs, kind: 'cpu' | 'memory', value: number): void {
      const ofPlace = sums.get(place) ?? new Map<EpochMs, { cpu?: number; memory?: number }>();
      const sum = ofPlace.get(at) ?? {};
      sum[kind] = (sum[kind] ?? 0) + value;
      ofPlace.set(at, sum);
      sums.set(place, ofPlace);
    },
    /**
     * @yields the header, then component by component in order of time; what is not known is left empty, and stays a gap.
     */
    *lines(): Generator<string> {
      yield 'timestamp,namespace,component,cpu_cores,memory_bytes';
      for (const [place, ofPlace] of sums) {
        for (const [at, { cpu, memory }] of [...ofPlace].toSorted(([a], [b]) => a - b)) {
          yield `${at},${place},${cpu ?? ''},${memory ?? ''}`;
        }
      }
    },
  };
}
