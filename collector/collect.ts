import { idOf } from '../domain/component.ts';
import type { ComponentKey } from '../domain/component.ts';
import type { UsageBucket } from '../domain/bucket.ts';
import type { Log } from '../domain/log.ts';
import type { ComponentPods } from '../domain/pod-usage.ts';
import type { Sample } from '../domain/sample.ts';
import { bucketStart, epochMs, minutes, STEP, type EpochMs, type Window } from '../domain/units.ts';
import { keepBuckets, type BucketSink } from './keep.ts';
import { openQuarter, resume, withRound, type Quarter } from './open-buckets.ts';
import { sumPods } from './sum-pods.ts';

/**
 * Where usage comes from. An empty answer means "nobody runs"; a rejection means "we do not know", and
 * that minute becomes a gap.
 */
export interface UsageSource {
  readUsage(at: EpochMs, signal: AbortSignal): Promise<readonly ComponentPods[]>;
}

/** Whole buckets of everybody in the window: an open bucket goes on where an earlier collector left it. */
export interface BucketReader {
  readBuckets(window: Window, signal: AbortSignal): Promise<readonly UsageBucket[]>;
}

type Ports = {
  readonly source: UsageSource;
  readonly sink: BucketSink;
  readonly resume: BucketReader;
  /** Told of buckets and samples that no store will ever have. */
  readonly lost?: (points: number) => void;
};

const MINUTE = minutes(1);
/** Two hours: what one component may wait with in memory while neither store nor spill takes it. */
const MOST_CLOSED = 8;

/**
 * Samples every component each minute and keeps its open bucket in the store: every round writes the
 * bucket as it stands, so a collector that is killed loses the sample in flight and nothing else.
 *
 * A quarter that somebody may have written before (the first one of this collector, or one that a clock
 * jumped back into) is read from the store before it is written; until that succeeds its samples are held.
 * Its first minute is not counted for components that the store already knows there, so a restart
 * costs at most one more sample and never counts one twice. What could not be written is written
 * in a later round; of quarters that have ended, at most 8 wait.
 *
 * Make one for each time of leadership: it takes for granted that nobody else writes meanwhile.
 */
export function collector({ source, sink, resume: reader, lost = () => {} }: Ports, log: Log) {
  /** Ascending. */
  let quarters: readonly Quarter[] = [];
  let newestStart: EpochMs | undefined;
  let sampledAt: EpochMs | undefined;
  let latest: ReadonlyMap<string, Sample> = new Map();
  let closed = 0;

  const put = (quarter: Quarter): void => {
    quarters = [...quarters.filter(({ start }) => start !== quarter.start), quarter].toSorted(
      (a, b) => a.start - b.start,
    );
  };

  const sample = async (minute: EpochMs, signal: AbortSignal): Promise<void> => {
    const start = bucketStart(minute, STEP);
    const open = quarters.find((quarter) => quarter.start === start);
    if (open !== undefined && minute <= open.lastMinute) return;
    const components = merged(await source.readUsage(minute, signal));
    const samples = components.flatMap((component) => sumPods(component, minute) ?? []);
    const fresh = newestStart !== undefined && start > newestStart;
    put(withRound(open ?? openQuarter(start, minute, fresh), minute, samples));
    newestStart = epochMs(Math.max(start, newestStart ?? start));
    sampledAt = minute;
    latest = new Map(samples.map((one) => [idOf(one.key), one]));
  };

  const resumeAll = async (signal: AbortSignal): Promise<void> => {
    for (const quarter of quarters.filter(({ resumed }) => !resumed)) {
      const window = { from: quarter.start, to: epochMs(quarter.start + STEP) };
      put(resume(quarter, await reader.readBuckets(window, signal)));
    }
  };

  const keepAll = async (signal: AbortSignal): Promise<void> => {
    await keepBuckets(quarters, sink, put, { log, lost, signal });
    const current = sampledAt === undefined ? undefined : bucketStart(sampledAt, STEP);
    const isOpen = ({ start, resumed, unkept }: Quarter): boolean =>
      start === current || !resumed || unkept.size > 0;
    for (const { buckets } of quarters.filter((one) => !isOpen(one))) closed += buckets.size;
    quarters = quarters.filter(isOpen);
  };

  /** The oldest goes when too many wait: this is where history is lost, and it is said. */
  const bound = (): void => {
    for (const { start, buckets, held } of quarters.slice(0, -(MOST_CLOSED + 1))) {
      log.error(
        { start, buckets: buckets.size, samples: held.length },
        'history is lost: the store has refused it for two hours and no more can be held',
      );
      lost(buckets.size + held.length);
    }
    quarters = quarters.slice(-(MOST_CLOSED + 1));
  };

  return {
    /**
     * One round, at `at` floored to the minute; a minute that was sampled is not sampled again.
     * Rejects with the first thing that failed, when all that could be done has been done.
     */
    async round(at: EpochMs, signal: AbortSignal): Promise<void> {
      const failures: unknown[] = [];
      for (const step of [sample.bind(undefined, bucketStart(at, MINUTE)), resumeAll, keepAll]) {
        await step(signal).catch((failure: unknown) => void failures.push(failure));
      }
      bound();
      if (failures.length > 0) throw failures[0];
    },
    /** The last minute for which the source answered. */
    sampledAt: (): EpochMs | undefined => sampledAt,
    /** Buckets that have ended and are in the store. */
    closed: (): number => closed,
    /** Pods that ran but were not reported, in the last round. */
    missing: (): number => [...latest.values()].reduce((sum, one) => sum + one.podsMissing, 0),
    /** What a component used in that minute; `undefined` when it was not reported. */
    latest: (key: ComponentKey): Sample | undefined => latest.get(idOf(key)),
  };
}

/** Two workloads of one name in one namespace are one component: their pods are summed. */
function merged(components: readonly ComponentPods[]): readonly ComponentPods[] {
  const byKey = new Map<string, ComponentPods>();
  for (const one of components) {
    const id = idOf(one.key);
    const other = byKey.get(id);
    byKey.set(id, other === undefined ? one : both(other, one));
  }
  return [...byKey.values()];
}

const both = (a: ComponentPods, b: ComponentPods): ComponentPods => ({
  key: a.key,
  replicasWanted: a.replicasWanted + b.replicasWanted,
  replicasReady: a.replicasReady + b.replicasReady,
  pods: [...a.pods, ...b.pods],
});
