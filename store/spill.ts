import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsageBucket } from '../domain/bucket.ts';
import type { ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { isRefusal, storeUnavailable } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { openSpillFiles } from './spill-files.ts';
import { decisionKind, historyKind, merged } from './spill-kinds.ts';
import { spillLanes } from './spill-lanes.ts';

/** What the spill stands before; everything else of a store it passes on as it is. */
interface Spillable extends AsyncDisposable {
  appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void>;
  appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
  readBuckets(window: Window, signal: AbortSignal): Promise<UsageBucket[]>;
  forget(key: ComponentKey, signal: AbortSignal): Promise<void>;
  check(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false }>;
}

interface Spill {
  /**
   * Writes what waits on disk to the store, the oldest first; frames that went. A store that is still away
   * is no failure: then it is tried again at the next call.
   */
  drain(signal: AbortSignal): Promise<number>;
  /** What waits on disk now. */
  spilled(): { readonly bytes: number; readonly frames: number };
  /** Since when something waits there, as far as this process knows. */
  waitingSince(): EpochMs | undefined;
}

type Options = {
  readonly directory: string;
  /** On disk; beyond it nothing is taken any more, and nothing that was taken is dropped. */
  readonly limitBytes: number;
  /** Told of entries that no store will ever have. */
  readonly lost?: (points: number) => void;
};

const REJECTED_BYTES = 1024 * 1024;

/**
 * A store that acknowledges history and decisions also while the database is away: then they are on disk,
 * synced, and the store gets them later, in order. One process at a time may use the directory.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when the directory cannot be used; later, from the two
 * appends, `STORE_UNAVAILABLE` when the store is away and the spill is full: nothing is acknowledged then.
 */
export async function withSpill<S extends Spillable>(
  store: S,
  { directory, limitBytes, lost = () => {} }: Options,
  log: Log,
  now: () => EpochMs,
): Promise<S & Spill> {
  const files = await openSpillFiles(directory, limitBytes, log);
  const left = files.sizes();
  if (left.frames > 0) log.info(left, 'history of an earlier outage waits on disk');
  let awaySince = left.frames > 0 ? now() : undefined;
  const ends = {
    reject: rejectedFile(join(directory, 'rejected.jsonl'), log, lost),
    away(why: string): void {
      if (awaySince === undefined) log.warn({ why }, 'the store is away: history waits on disk');
      awaySince ??= now();
    },
  };
  const write = store.appendHistory.bind(store);
  const history = spillLanes(files, { ...ends, kind: historyKind, write }, log);
  const ledger = { ...ends, kind: decisionKind, write: store.appendDecisions.bind(store) };
  const decisions = spillLanes(files, ledger, log);

  async function drainLane(lane: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      return await (history.isOurs(lane) ? history : decisions).drain(lane, signal);
    } catch (error) {
      if (!isRefusal(error, 'STORE_UNAVAILABLE')) throw error;
      ends.away(error.message);
      return undefined;
    }
  }

  async function drainAll(signal: AbortSignal): Promise<number> {
    let drained = 0;
    for (const lane of files.lanes()) {
      const frames = await drainLane(lane, signal);
      drained += frames ?? 0;
      // A day that is refused by a store that answers holds up only itself.
      if (frames === undefined && !(await store.check(signal)).ok) break;
    }
    if (files.lanes().length === 0 && awaySince !== undefined) {
      log.info({ drained, awayMs: now() - awaySince }, 'the store is back and has what waited');
      awaySince = undefined;
    }
    return drained;
  }

  let draining: Promise<number> | undefined;
  function drain(signal: AbortSignal): Promise<number> {
    draining ??= drainAll(signal).finally(() => {
      draining = undefined;
    });
    return draining;
  }

  return {
    ...store,
    appendHistory: history.append,
    appendDecisions: decisions.append,

    /** With what waits on disk; also while the store is away, when the disk has something of that time. */
    async readBuckets(window: Window, signal: AbortSignal): Promise<UsageBucket[]> {
      const waiting = await history.waiting(window);
      const all = merged(historyKind);
      const stored = await store.readBuckets(window, signal).catch((error: unknown) => {
        if (waiting.length === 0 || !isRefusal(error, 'STORE_UNAVAILABLE')) throw error;
        ends.away(error.message);
        return [];
      });
      for (const bucket of [...stored, ...waiting]) all.add(bucket);
      return all.all();
    },

    /** Not before the disk is empty: what waits there would come back after it was forgotten. */
    async forget(key: ComponentKey, signal: AbortSignal): Promise<void> {
      await drain(signal);
      if (files.lanes().length > 0) throw storeUnavailable('history still waits on disk');
      await store.forget(key, signal);
    },

    drain,
    spilled: files.sizes,
    waitingSince: () => awaySince,

    async [Symbol.asyncDispose](): Promise<void> {
      await files.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Keeps what the store refuses for good, up to 1 MiB, for whoever wants to know; beyond, the log must do. */
function rejectedFile(path: string, log: Log, lost: (points: number) => void) {
  return async (entry: unknown, why: string): Promise<void> => {
    log.error({ path, why }, 'the store refuses a spilled entry, which is set aside');
    lost(1);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size < REJECTED_BYTES) await appendFile(path, `${JSON.stringify({ why, entry })}\n`);
  };
}
