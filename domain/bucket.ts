import type { ComponentKey } from './component.ts';
import type { Sample } from './sample.ts';
import {
  bucketStart,
  bytes,
  cores,
  type Bytes,
  type Cores,
  type DurationMs,
  type EpochMs,
} from './units.ts';

/** Usage of one component over `[start, start + step)`: means and maxima of its samples. */
export type UsageBucket = {
  readonly key: ComponentKey;
  readonly start: EpochMs;
  readonly cpu: Cores;
  readonly cpuMax: Cores;
  readonly memory: Bytes;
  readonly memoryMax: Bytes;
  /** Mean over the samples. */
  readonly replicasReady: number;
  /** The most that were missing in one sample. */
  readonly podsMissing: number;
  readonly sampleCount: number;
};

/**
 * Groups samples into aligned buckets and averages each one.
 *
 * @param samples usage of ONE component, any order, any spacing.
 * @param step    bucket width; buckets are aligned to the Unix epoch, not to the first sample.
 * @returns buckets in ascending `start`; empty slots are absent, never zero.
 */
export function toBuckets(samples: readonly Sample[], step: DurationMs): UsageBucket[] {
  const slots = Map.groupBy(samples, (sample) => bucketStart(sample.at, step));
  return [...slots]
    .flatMap(([start, [first, ...rest]]) =>
      first === undefined ? [] : [rest.reduce(withSample, bucketOf(first, start))],
    )
    .toSorted((a, b) => a.start - b.start);
}

/** A bucket that has seen one sample. */
export const bucketOf = (sample: Sample, start: EpochMs): UsageBucket => ({
  key: sample.key,
  start,
  cpu: sample.cpu,
  cpuMax: sample.cpu,
  memory: sample.memory,
  memoryMax: sample.memory,
  replicasReady: sample.replicasReady,
  podsMissing: sample.podsMissing,
  sampleCount: 1,
});

/** The bucket after one more sample; the means are kept by Welford's update, so equal samples stay exact. */
export function withSample(bucket: UsageBucket, sample: Sample): UsageBucket {
  const sampleCount = bucket.sampleCount + 1;
  const mean = (before: number, value: number): number => before + (value - before) / sampleCount;
  return {
    key: bucket.key,
    start: bucket.start,
    cpu: cores(mean(bucket.cpu, sample.cpu)),
    cpuMax: cores(Math.max(bucket.cpuMax, sample.cpu)),
    memory: bytes(mean(bucket.memory, sample.memory)),
    memoryMax: bytes(Math.max(bucket.memoryMax, sample.memory)),
    replicasReady: mean(bucket.replicasReady, sample.replicasReady),
    podsMissing: Math.max(bucket.podsMissing, sample.podsMissing),
    sampleCount,
  };
}
