import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ComponentKey } from '../domain/component.ts';
import type { Log } from '../domain/log.ts';
import { days, epochMs, seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { checkedKey } from './names.ts';
import { recordsOf } from './sqlite-records.ts';
import { seriesOf } from './sqlite-series.ts';
import type { ThreadStart } from './sqlite-thread.ts';
import { keepThread, type StartThread } from './sqlite-threads.ts';
import { vintageBeat, type VintageEvery } from './vintage-every.ts';

/** `path`: a file, made with its folder when there is none, or `:memory:`. */
type SqliteOptions = {
  readonly path: string;
  /** Which issues are frozen; `auto` unless told. */
  readonly vintageEvery?: VintageEvery;
};

/** How long what kind of thing is kept; settings are kept for ever. */
type Retention = { readonly historyMs: DurationMs; readonly evalMs: DurationMs };

type StoreCheck = { readonly ok: true } | { readonly ok: false; readonly why: string };

const PATIENCE = seconds(2);
/** A forecast is never read for longer: its last step has passed. */
const ISSUES_KEPT = days(2);
const VINTAGES_KEPT = days(30);
/** With `auto`; of older issues each fifth is enough for a chart. */
const VINTAGES_WHOLE = days(4);
/** One each quarter of an hour, with a result for every component: a year of them would fill the disk. */
const RUNS_KEPT = days(30);

/**
 * The store on one machine: one file, held by a thread of its own, so that no request waits for the
 * disk. Other processes may have the same file open. Each write is one transaction, on disk when it
 * resolves; the calls of one store take effect in the order they are made.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` for a file of a newer version or of another program,
 *   `STORE_UNAVAILABLE` when it cannot be opened. A damaged file is set aside and reported.
 */
export async function openSqliteStore({ path, vintageEvery = 'auto' }: SqliteOptions, log: Log) {
  const beat = vintageBeat(vintageEvery);
  const threads = keepThread(databaseThread(path), path, log);
  const { ask } = threads;
  try {
    await ask('opened', []);
  } catch (error) {
    await threads.close();
    throw error;
  }

  return {
    ...seriesOf(ask, log, ({ key, issuedAt }) => beat.isDue(key, issuedAt)),
    ...recordsOf(ask, log),

    async forget(key: ComponentKey, signal: AbortSignal): Promise<void> {
      await ask('forget', [checkedKey(key)], signal);
    },

    /**
     * Deletes what is older than its retention, forgets components with nothing left, and gives the
     * space back. Meant to be called hourly; other calls are answered in between.
     */
    async expire(now: EpochMs, retention: Retention, signal: AbortSignal): Promise<void> {
      const cutoffs = {
        history: epochMs(now - retention.historyMs),
        issues: epochMs(now - ISSUES_KEPT),
        evaluation: epochMs(now - retention.evalMs),
        runs: epochMs(now - Math.min(retention.evalMs, RUNS_KEPT)),
      };
      while (await ask('expire', [cutoffs], signal));
      const [old, thin] = [epochMs(now - VINTAGES_KEPT), epochMs(now - VINTAGES_WHOLE)];
      const thinned = vintageEvery === 'auto' ? thin : old;
      while (await ask('expireVintages', [old, thinned], signal));
      while (await ask('shrink', [], signal));
    },

    /** Asks the database itself, and has the answer within two seconds. */
    async check(signal: AbortSignal): Promise<StoreCheck> {
      const patience = AbortSignal.timeout(PATIENCE);
      try {
        const why = await ask('trouble', [], AbortSignal.any([signal, patience]));
        return why === undefined ? { ok: true } : { ok: false, why };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, why: patience.aborted ? 'no answer within 2 s' : whyOf(error) };
      }
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await threads.close();
    },
  };
}

/** The extension is that of this file: `.ts` from the sources, `.js` in the built image. */
function databaseThread(path: string): StartThread {
  const script = new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url);
  return (isSuspect) => {
    // No flags of the process: some, such as --input-type, would not let a thread start.
    const workerData: ThreadStart = { path, isSuspect };
    return new Worker(script, { name: 'sqlite', workerData, execArgv: [] });
  };
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${whyOf(error.cause)}`;
}
