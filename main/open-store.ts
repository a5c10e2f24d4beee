import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds, type EpochMs } from '../domain/units.ts';
import { openInflux2Store } from '../store/influx2.ts';
import { withSpill } from '../store/spill.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { lockFolder } from './folder-lock.ts';
import { observedStore, type PlainStore, type StoreWatch } from './observed-store.ts';

/** Whatever keeps the data: roles do not know which. */
export type Store = PlainStore & {
  /** Sends what waits on disk; resolves with the number of writes that went. */
  drain(signal: AbortSignal): Promise<number>;
  spilled(): { readonly bytes: number; readonly frames: number };
  /** Since when something waits. */
  waitingSince(): EpochMs | undefined;
};

/** The names of the five buckets in InfluxDB. */
export const bucketsOf = ({ bucketPrefix }: Config['store']) => ({
  history: `${bucketPrefix}history`,
  future: `${bucketPrefix}future`,
  issue: `${bucketPrefix}issue`,
  eval: `${bucketPrefix}eval`,
  system: `${bucketPrefix}system`,
});

/**
 * The store of the configuration with a spill in front: for the one process that collects. Nobody else may spill, since
 * two processes must not share the folder.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID`, `STORE_UNAVAILABLE` (sqlite only: InfluxDB may come later).
 */
export async function openSpillingStore(
  config: Config['store'],
  log: Log,
  now: () => EpochMs,
  watch?: StoreWatch,
): Promise<Store> {
  const lock = await lockFolder(config.spillDirectory, 'store.spillDirectory');
  const options = {
    directory: config.spillDirectory,
    limitBytes: config.spillLimit,
    lost: (points: number) => watch?.dropped('rejected', points),
  };
  try {
    const store = await withSpill(await openPlainStore(config, log, watch), options, log, now);
    return {
      ...store,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same without a spill: a write that the store does not take is refused. */
export async function openDirectStore(
  config: Config['store'],
  log: Log,
  watch?: StoreWatch,
): Promise<Store> {
  const store = await openPlainStore(config, log, watch);
  return {
    ...store,
    drain: async () => 0,
    spilled: () => ({ bytes: 0, frames: 0 }),
    waitingSince: () => undefined,
  };
}

async function openPlainStore(
  config: Config['store'],
  log: Log,
  watch: StoreWatch | undefined,
): Promise<PlainStore> {
  const store = await openBareStore(config, log, watch);
  return watch === undefined ? store : observedStore(store, watch);
}

async function openBareStore(
  config: Config['store'],
  log: Log,
  watch: StoreWatch | undefined,
): Promise<PlainStore> {
  if (config.kind === 'sqlite')
    return await openSqliteStore({ path: config.path, vintageEvery: everyOf(config) }, log);
  const store = openInflux2Store(
    {
      url: config.url,
      org: config.org,
      token: tokenIn(config.tokenFile),
      buckets: bucketsOf(config),
      timeoutMs: config.timeout,
      vintageEvery: everyOf(config),
      lost: (lines) => watch?.dropped('refused', lines),
    },
    log,
  );
  // InfluxDB expires its buckets by itself.
  return { ...store, expire: async () => undefined };
}

const everyOf = ({ vintageEvery }: Config['store']): 'auto' | number =>
  vintageEvery === 'auto' ? vintageEvery : Number(vintageEvery);

const LOOK_AGAIN = seconds(2);

/**
 * Waits while the folder of the token is there, but not the token: in a cluster the roles start beside the job that
 * writes it, and a mounted Secret fills by itself.
 */
export async function untilTokenIsThere(
  { kind, tokenFile }: Pick<Config['store'], 'kind' | 'tokenFile'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const isAwaited = (): boolean => existsSync(dirname(tokenFile)) && !existsSync(tokenFile);
  if (kind !== 'influx2' || tokenFile === '' || !isAwaited()) return;
  log.warn(
    { file: tokenFile },
    'the store token is not written yet; `self-scaling bootstrap` writes it, and this process waits',
  );
  while (isAwaited()) await systemClock.sleep(LOOK_AGAIN, signal);
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw refusal(
      'CONFIG_INVALID',
      `store.tokenFile: ${file} cannot be read; run \`self-scaling bootstrap\` or name the right file`,
      { cause },
    );
  }
}
