import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { days, epochMs, type EpochMs, type Window } from '../domain/units.ts';
import { HEAD, lineOf, type Kept } from './backup-lines.ts';
import { openDirectStore, type Store } from './open-store.ts';

export type BackupFlags = {
  /** A file, or `-` for stdout. */
  readonly output: string;
  /** `backup`: all that `restore` puts back. `csv`: history, as `import` reads it. */
  readonly format: 'backup' | 'csv';
  /** Days of history; the longest that is kept unless told. */
  readonly days?: number | undefined;
};

const LONGEST = 365;
/** Nobody keeps more; each day is a few questions to the store. */
const MOST_DAYS = 3650;
const ALL = 1_000_000;

/**
 * Writes what the store holds, day by day, so that its size does not matter. A file is in place only when it is whole.
 *
 * @returns one line that tells what was written.
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`; `REQUEST_INVALID` when the file cannot be written.
 */
export async function runBackup(
  config: Config,
  { output, format, days: howMany = LONGEST }: BackupFlags,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  await using store = await openDirectStore(config.store, log);
  const counted = new Map<string, number>();
  const lines = format === 'csv' ? csvLines : backupLines;
  const text = async function* (): AsyncGenerator<string> {
    for await (const { kind, line } of lines(
      store,
      Math.min(howMany, MOST_DAYS),
      systemClock.now(),
      signal,
    )) {
      counted.set(kind, (counted.get(kind) ?? 0) + 1);
      yield `${line}\n`;
    }
  };
  const { target, putInPlace } = output === '-' ? STDOUT : await newFile(output);
  await pipeline(Readable.from(text()), target, { end: output !== '-', signal });
  await putInPlace();
  const told = [...counted].filter(([kind]) => kind !== 'head').map(([kind, n]) => `${n} ${kind}`);
  return `exported ${told.join(', ') || 'nothing: the store is empty'}`;
}

const STDOUT = { target: process.stdout, putInPlace: async () => {} };

/** Always a new one: one that was left behind, or a link, could be where others read it. */
async function newFile(output: string) {
  const part = `${output}.part`;
  const refused = (cause: unknown): never => {
    throw refusal('REQUEST_INVALID', `--output: ${output} cannot be written`, { cause });
  };
  await rm(part, { force: true }).catch(refused);
  const file = await open(part, 'wx', 0o600).catch(refused);
  return {
    target: file.createWriteStream(),
    putInPlace: async () => await rename(part, output).catch(refused),
  };
}

type Line = { readonly kind: string; readonly line: string };

/** @yields each day of the window by itself, the oldest first. */
function* daysOf(howMany: number, now: EpochMs): Generator<Window> {
  for (let ago = howMany; ago >= 0; ago -= 1) {
    const from = epochMs(now - ago * days(1));
    yield { from, to: epochMs(from + days(1)) };
  }
}

async function* csvLines(
  store: Store,
  howMany: number,
  now: EpochMs,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  yield { kind: 'head', line: 'timestamp,component,cpu_cores,memory_bytes,namespace' };
  for (const window of daysOf(howMany, now)) {
    const buckets = await store.readBuckets(window, signal);
    for (const { key, start, cpu, memory } of buckets.toSorted((a, b) => a.start - b.start)) {
      const line = [start / 1000, key.component, cpu, memory, key.namespace].join(',');
      yield { kind: 'usage', line };
    }
  }
}

async function* backupLines(
  store: Store,
  howMany: number,
  now: EpochMs,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  yield { kind: 'head', line: HEAD };
  const told = (kept: Kept): Line => ({ kind: kept.kind, line: lineOf(kept) });
  for (const value of await store.all(signal)) yield told({ kind: 'setting', value });
  for (const window of daysOf(howMany, now)) {
    for (const value of await store.readBuckets(window, signal))
      yield told({ kind: 'usage', value });
    for (const value of await store.readScores(window, signal))
      yield told({ kind: 'score', value });
    for (const value of await store.list(window, signal)) yield told({ kind: 'run', value });
    for (const value of await store.readDecisions(undefined, window, ALL, signal)) {
      yield told({ kind: 'decision', value });
    }
  }
}
