import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import { conditionsOf, inRange, isField, isMeasurement, keep } from './flux.ts';
import type { InfluxWire } from './influx2-wire.ts';
import { keyOf, numberOf, timeOf } from './rows.ts';

export type SampleCounts = ReturnType<typeof sampleCounts>;

/**
 * Fewer samples never overwrite more. InfluxDB overwrites without asking, so the counts of what is there
 * are read before; but not of a bucket that this process wrote last, which is every write but the
 * first of each step.
 */
export function sampleCounts(wire: InfluxWire) {
  const latest = new Map<string, { readonly start: EpochMs; readonly sampleCount: number }>();

  const known = ({ key, start }: UsageBucket): number | undefined => {
    const found = latest.get(idOf(key));
    return found?.start === start ? found.sampleCount : undefined;
  };
  async function stored(
    buckets: readonly UsageBucket[],
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const starts = buckets.map(({ start }) => start);
    const window = {
      from: epochMs(starts.reduce((a, b) => Math.min(a, b), Infinity)),
      to: epochMs(starts.reduce((a, b) => Math.max(a, b), -Infinity) + 1),
    };
    const fields = [isMeasurement('usage'), isField('sample_count')];
    for (const condition of conditionsOf(buckets.map(({ key }) => key))) {
      const query = inRange(wire.buckets.history, window, ...fields, condition);
      await wire.query(
        query + keep('_time', '_value', 'namespace', 'component'),
        (cells) => counts.set(placeOf(keyOf(cells), timeOf(cells)), numberOf(cells, '_value') ?? 0),
        signal,
      );
    }
    return counts;
  }

  return {
    /** Of each component and start the fullest bucket, unless the store has a fuller one. */
    async fullest(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<UsageBucket[]> {
      const counts = await stored(
        buckets.filter((bucket) => known(bucket) === undefined),
        signal,
      );
      const chosen = new Map<string, UsageBucket>();
      for (const bucket of buckets) {
        const place = placeOf(bucket.key, bucket.start);
        const count = known(bucket) ?? counts.get(place) ?? 0;
        const before = chosen.get(place)?.sampleCount ?? count;
        if (bucket.sampleCount >= before) chosen.set(place, bucket);
      }
      return [...chosen.values()];
    },
    forget(key: ComponentKey): void {
      latest.delete(idOf(key));
    },
    keep(written: readonly UsageBucket[]): void {
      for (const { key, start, sampleCount } of written) {
        latest.set(idOf(key), { start, sampleCount });
      }
    },
  };
}

const placeOf = (key: ComponentKey, start: EpochMs): string => `${idOf(key)} ${start}`;
