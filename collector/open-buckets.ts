import { bucketOf, withSample, type UsageBucket } from '../domain/bucket.ts';
import { idOf } from '../domain/component.ts';
import type { Sample } from '../domain/sample.ts';
import { minutes, type EpochMs } from '../domain/units.ts';

const MINUTE = minutes(1);

/**
 * The buckets of one quarter of an hour, of all components, while they are filled or wait to be kept.
 *
 * Until it is known what the store already has of this quarter (`resumed`), samples are held apart.
 */
export type Quarter = {
  readonly start: EpochMs;
  readonly resumed: boolean;
  /** The first minute sampled here; a collector before us may have counted it too. */
  readonly firstMinute: EpochMs;
  /** The last minute sampled here; a minute counts once. */
  readonly lastMinute: EpochMs;
  readonly held: readonly Sample[];
  readonly buckets: ReadonlyMap<string, UsageBucket>;
  /** Ids of the buckets that the store does not have as they are here. */
  readonly unkept: ReadonlySet<string>;
};

/** @param fresh nobody can have written this quarter before us, so there is nothing to resume. */
export const openQuarter = (start: EpochMs, minute: EpochMs, fresh: boolean): Quarter => ({
  start,
  resumed: fresh,
  firstMinute: minute,
  lastMinute: minute,
  held: [],
  buckets: new Map(),
  unkept: new Set(),
});

/** The quarter after one round of samples, all of one minute. */
export function withRound(quarter: Quarter, minute: EpochMs, samples: readonly Sample[]): Quarter {
  const moved = { ...quarter, lastMinute: minute };
  if (!quarter.resumed) return { ...moved, held: [...quarter.held, ...samples] };
  return counted(moved, samples);
}

/**
 * The quarter after the store was read: what it has goes on, and the samples held meanwhile join it.
 *
 * Where the store has a bucket, the first minute is not counted again: a collector that was killed
 * right after writing it may be followed by one that starts within the same minute.
 */
export function resume(quarter: Quarter, stored: readonly UsageBucket[]): Quarter {
  const buckets = new Map(
    stored
      .filter(({ start }) => start === quarter.start)
      .map((bucket): [string, UsageBucket] => [idOf(bucket.key), bucket]),
  );
  const held = quarter.held.filter(
    ({ key, at }) => at !== quarter.firstMinute || !buckets.has(idOf(key)),
  );
  return counted({ ...quarter, resumed: true, held: [], buckets }, held);
}

/** The quarter once the store has all of it. */
export const kept = (quarter: Quarter): Quarter => ({ ...quarter, unkept: new Set() });

/** What the store lacks; nothing before it is known what it has. */
export const unkeptOf = (quarter: Quarter): readonly UsageBucket[] =>
  [...quarter.unkept].flatMap((id) => quarter.buckets.get(id) ?? []);

function counted(quarter: Quarter, samples: readonly Sample[]): Quarter {
  const buckets = new Map(quarter.buckets);
  const unkept = new Set(quarter.unkept);
  for (const sample of samples) {
    const id = idOf(sample.key);
    const bucket = buckets.get(id);
    if (bucket !== undefined && isFull(bucket, sample.at)) continue;
    buckets.set(
      id,
      bucket === undefined ? bucketOf(sample, quarter.start) : withSample(bucket, sample),
    );
    unkept.add(id);
  }
  return { ...quarter, buckets, unkept };
}

/** A bucket cannot have more samples than minutes have begun in it: one more was counted before. */
const isFull = ({ start, sampleCount }: UsageBucket, at: EpochMs): boolean =>
  sampleCount > Math.floor((at - start) / MINUTE);
