import type { Meters } from '../api/meters.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, storeUnavailable } from '../domain/errors.ts';
import { seconds } from '../domain/units.ts';
import type { openSqliteStore } from '../store/sqlite.ts';
import type { Tracing } from './tracing.ts';

export type PlainStore = Awaited<ReturnType<typeof openSqliteStore>>;
/** By the collector after two hours, by InfluxDB line by line, and from the spill. */
const DROPPED = ['overdue', 'refused', 'rejected'] as const;
type Dropped = (typeof DROPPED)[number];
/** Told that a request begins; the answer is told how it ended. */
export type StoreWatch = {
  began(op: string): (failure?: unknown) => void;
  written(bucket: 'history' | 'future' | 'eval', points: number): void;
  dropped(reason: Dropped, points: number): void;
};

/** Counts, times and traces what is asked of a store. */
export function storeWatch(meters: Meters, tracing: Tracing): StoreWatch {
  const dropped = (reason: Dropped, points: number): void =>
    meters.count('store_points_dropped_total', { reason }, points);
  // A counter that begins above zero has not risen for Prometheus.
  for (const reason of DROPPED) dropped(reason, 0);
  return {
    began(op) {
      const begun = systemClock.monotonic();
      const ended = tracing.begin(`store ${op}`, { 'db.operation.name': op });
      return (failure) => {
        ended(failure);
        const taken = (systemClock.monotonic() - begun) / seconds(1);
        meters.count('store_requests_total', { op, result: resultOf(failure) });
        meters.observe('store_request_duration_seconds', taken, { op });
      };
    },
    written: (bucket, points) => meters.count('store_points_written_total', { bucket }, points),
    dropped,
  };
}

function resultOf(failure: unknown): string {
  if (failure === undefined) return 'done';
  if (isRefusal(failure, 'STORE_UNAVAILABLE')) return 'unavailable';
  return isRefusal(failure) ? 'refused' : 'failed';
}

/** The same store, watched. */
export function observedStore(store: PlainStore, watch: StoreWatch): PlainStore {
  const timed =
    <A extends readonly unknown[], T>(op: string, call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const ended = watch.began(op);
      try {
        const answer = await call(...args);
        ended();
        return answer;
      } catch (failure) {
        ended(failure ?? 'failed');
        throw failure;
      }
    };
  /** Timed until the last row is read, or until nobody wants more. */
  const timedRows = <A extends readonly unknown[], T>(
    op: string,
    call: (...args: A) => AsyncIterable<T>,
  ) =>
    async function* (...args: A): AsyncGenerator<T> {
      const ended = watch.began(op);
      let failure: unknown;
      try {
        yield* call(...args);
      } catch (error) {
        failure = error ?? 'failed';
        throw error;
      } finally {
        ended(failure);
      }
    };
  const writing =
    <T>(
      op: string,
      bucket: Parameters<StoreWatch['written']>[0],
      call: (points: readonly T[], signal: AbortSignal) => Promise<void>,
    ) =>
    async (points: readonly T[], signal: AbortSignal): Promise<void> => {
      await timed(op, call)(points, signal);
      watch.written(bucket, points.length);
    };
  return {
    ...store,
    appendHistory: writing('appendHistory', 'history', store.appendHistory.bind(store)),
    readHistory: timedRows('readHistory', store.readHistory.bind(store)),
    readBuckets: timed('readBuckets', store.readBuckets.bind(store)),
    lastSeen: timed('lastSeen', store.lastSeen.bind(store)),
    writeFuture: writing('writeFuture', 'future', store.writeFuture.bind(store)),
    readFuture: timed('readFuture', store.readFuture.bind(store)),
    readVintages: timedRows('readVintages', store.readVintages.bind(store)),
    writeScores: writing('writeScores', 'eval', store.writeScores.bind(store)),
    readScores: timed('readScores', store.readScores.bind(store)),
    all: timed('settings', store.all.bind(store)),
    set: timed('settings', store.set.bind(store)),
    start: timed('runs', store.start.bind(store)),
    get: timed('runs', store.get.bind(store)),
    list: timed('runs', store.list.bind(store)),
    take: timed('runs', store.take.bind(store)),
    update: timed('runs', store.update.bind(store)),
    appendDecisions: writing('appendDecisions', 'eval', store.appendDecisions.bind(store)),
    readDecisions: timed('readDecisions', store.readDecisions.bind(store)),
    forget: timed('forget', store.forget.bind(store)),
    expire: timed('expire', store.expire.bind(store)),
    /** What a check finds is its answer. */
    async check(signal) {
      const ended = watch.began('check');
      try {
        const answer = await store.check(signal);
        ended(answer.ok ? undefined : storeUnavailable(answer.why));
        return answer;
      } catch (failure) {
        ended(failure ?? 'failed');
        throw failure;
      }
    },
  };
}
