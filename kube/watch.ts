import type { Clock } from '../domain/clock.ts';
import { kubeUnavailable, refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Random } from '../domain/random.ts';
import { durationMs, minutes, seconds, type DurationMs } from '../domain/units.ts';
import { listObjects } from './list.ts';
import { GONE, hasStatus } from './refusals.ts';
import type { Ask, Kube } from './request.ts';
import { toWatchEvent } from './watch-cache.ts';

export type WatchPorts = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export type Watchable<T> = {
  /** `/apis/apps/v1/deployments` */
  readonly path: string;
  readonly fieldSelector?: string;
  /** Makes the little that is kept of an object; `undefined` keeps nothing of it. */
  readonly parse: (object: unknown) => T | undefined;
  /** Answers to the list that mean "there are none": 404 where a kind may not be installed. */
  readonly emptyOn?: readonly number[];
  /** Reads the whole list again that often, although nothing was missed. */
  readonly relistEvery?: DurationMs;
};

/** Whoever is told what the loop learns. */
export type Sink = {
  /** The world is exactly this. */
  replace(objects: readonly unknown[]): void;
  change(kind: 'put' | 'remove', object: unknown): void;
  /** The server spoke; `open` tells whether a stream is open now. */
  heard(open: boolean): void;
  failed(error: unknown): void;
};

/**
 * Lists, then watches, for ever: objects appear, change and vanish here as they do in the cluster.
 *
 * A stream that ends is continued where it ended; an expired version (410) means a new list, which
 * also tells what vanished meanwhile. Failures are retried with full jitter, 1 s doubling to 30 s;
 * until then what was seen is held. A stream silent for ten minutes, bookmarks included, is broken.
 */
export async function keepWatching<T>(
  ports: WatchPorts,
  what: Watchable<T>,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  const { kube, clock, random, log } = ports;
  let version: string | undefined;
  let failures = 0;
  /** There was a list once. */
  let listed = false;
  let absentSince: DurationMs | undefined;

  const list = async (): Promise<void> => {
    const answer = await listObjects(kube, what.path, what.fieldSelector, signal);
    version = answer.version;
    listed = true;
    absentSince = undefined;
    sink.heard(false);
    sink.replace(answer.objects);
  };

  const whole = (): void => {
    if (failures > 0) log.info({ path: what.path }, 'the watch is whole again');
    failures = 0;
  };

  const take = (line: unknown): void => {
    const event = toWatchEvent(line);
    if (event.kind === 'error') throw kubeUnavailable(event.why);
    if (event.kind === 'expired') throw expired();
    version = event.version;
    whole();
    sink.heard(true);
    if (event.kind !== 'bookmark') sink.change(event.kind, event.object);
  };

  const follow = async (since: string): Promise<void> => {
    const begun = clock.monotonic();
    const lines = await kube.follow(streamOf(what, since, random), SILENCE, signal);
    sink.heard(true);
    for await (const line of lines) take(line);
    sink.heard(false);
    if (what.relistEvery !== undefined) version = undefined;
    // A server that ends every stream at once must not be asked in a circle.
    if (clock.monotonic() - begun < SHORT_STREAM) throw kubeUnavailable('the watch ended at once');
    whole();
  };

  const isAbsent = (error: unknown): boolean =>
    version === undefined && hasStatus(error, ...(what.emptyOn ?? []));

  /** An API server that has just started says 404 and 403 of what is there: what was listed is held a while. */
  const absent = (): DurationMs => {
    const now = clock.monotonic();
    absentSince ??= now;
    sink.heard(false);
    if (!listed || now - absentSince >= ABSENCE_BELIEVED) {
      sink.replace([]);
      log.debug({ path: what.path }, 'this kind is not there, or not for us; none are assumed');
    }
    return ABSENT_PAUSE;
  };

  const failed = (error: unknown): DurationMs => {
    if (isAbsent(error)) return absent();
    failures += 1;
    // Once, the stream is continued where it ended; after that only a list is certain to be right.
    if (failures > 1 || hasStatus(error, GONE)) version = undefined;
    sink.failed(error);
    const tell = failures === 1 && !hasStatus(error, GONE) ? 'warn' : 'debug';
    log[tell]({ err: error, path: what.path }, 'a watch failed; what was last seen is held');
    return backoff(failures, random);
  };

  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one round after the other is the point
      await (version === undefined ? list() : follow(version));
    } catch (error) {
      if (signal.aborted) return;
      // oxlint-disable-next-line no-await-in-loop -- waiting between the rounds
      await clock.sleep(failed(error), signal).catch(ignoreAbort(signal));
    }
  }
}

const SILENCE = minutes(10);
const SHORT_STREAM = seconds(1);
const FIRST_PAUSE = seconds(1);
const LONGEST_PAUSE = seconds(30);
/** A kind that is not installed is asked for again this often. */
const ABSENT_PAUSE = minutes(1);
/** What was there once is believed to be gone when it was absent for so long. */
const ABSENCE_BELIEVED = minutes(5);
/** The server ends each stream after five to ten minutes, as it does for its own clients. */
const STREAM_LENGTH = minutes(5);

const expired = (): Error =>
  refusal('KUBE_UNAVAILABLE', 'the resource version is too old', { details: { status: GONE } });

const ignoreAbort = (signal: AbortSignal) => (reason: unknown) => {
  if (!signal.aborted) throw reason;
};

const backoff = (failures: number, random: Random): DurationMs =>
  durationMs(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)));

const streamOf = <T>(what: Watchable<T>, resourceVersion: string, random: Random): Ask => {
  const length = what.relistEvery ?? STREAM_LENGTH * (1 + random());
  return {
    path: what.path,
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      fieldSelector: what.fieldSelector,
      timeoutSeconds: String(Math.round(length / seconds(1))),
    },
  };
};
