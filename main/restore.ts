import type { Config } from '../config/schema.ts';
import type { UsageBucket } from '../domain/bucket.ts';
import type { Decision } from '../domain/decision.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Run } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { EpochMs } from '../domain/units.ts';
import { HEAD, keptIn, type Kept } from './backup-lines.ts';
import { linesOf } from './lines-of.ts';
import { openDirectStore, type Store } from './open-store.ts';

export type RestoreFlags = { readonly input: string; readonly dryRun: boolean };

const AT_ONCE = 5000;

/**
 * Puts a backup into the store, whichever it is: so a backup is also the way from SQLite to InfluxDB. The file is read to
 * its end before anything is written. What is there already and as full, or as new, stays; repeating it changes nothing.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` with the line; `STORE_UNAVAILABLE`.
 */
export async function runRestore(
  config: Config,
  { input, dryRun }: RestoreFlags,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  const counted = await check(input, signal);
  const told = [...counted].map(([kind, n]) => `${n} ${kind}`).join(', ') || 'nothing';
  if (dryRun) return `would restore ${told}`;
  await using store = await openDirectStore(config.store, log);
  const batch = batches(store, await changesIn(store, signal), signal);
  let isHead = true;
  for await (const line of linesOf(input)) {
    const kept = isHead ? undefined : keptIn(line);
    isHead = false;
    if (kept !== undefined) await batch.add(kept);
  }
  await batch.flush();
  return `restored ${told}`;
}

/** Every line is read once before the first is written. */
async function check(
  input: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<Kept['kind'], number>> {
  const counted = new Map<Kept['kind'], number>();
  let number = 0;
  for await (const line of linesOf(input)) {
    signal.throwIfAborted();
    number += 1;
    if (number === 1) {
      if (line.trim() === HEAD) continue;
      throw refusal(
        'REQUEST_INVALID',
        `${input}: is no backup of this version; \`export\` makes one`,
      );
    }
    const kept = keptIn(line);
    if (kept === undefined) {
      const text = `${input}: line ${number} cannot be read; nothing was written`;
      throw refusal('REQUEST_INVALID', text);
    }
    counted.set(kept.kind, (counted.get(kept.kind) ?? 0) + 1);
  }
  if (number > 0) return counted;
  throw refusal('REQUEST_INVALID', `${input}: is empty`);
}

/** When each setting was changed: whoever was taken out of management since the backup stays out. */
async function changesIn(store: Store, signal: AbortSignal): Promise<ReadonlyMap<string, EpochMs>> {
  return new Map((await store.all(signal)).map(({ name, at }) => [name, at]));
}

function batches(store: Store, changed: ReadonlyMap<string, EpochMs>, signal: AbortSignal) {
  let usage: UsageBucket[] = [];
  let scores: Score[] = [];
  let decisions: Decision[] = [];
  let settings: SettingEntry[] = [];
  const runs: Run[] = [];
  const flush = async (): Promise<void> => {
    await store.set(settings, signal);
    await store.appendHistory(usage, signal);
    await store.writeScores(scores, signal);
    await store.appendDecisions(decisions, signal);
    for (const run of runs.splice(0)) {
      if ((await store.get(run.id, signal)) !== undefined) continue;
      await store.start(run, signal);
      await store.update(run, signal);
    }
    usage = [];
    scores = [];
    decisions = [];
    settings = [];
  };
  return {
    flush,
    async add({ kind, value }: Kept): Promise<void> {
      if (kind === 'usage') usage.push(value);
      else if (kind === 'score') scores.push(value);
      else if (kind === 'decision') decisions.push(value);
      else if (kind === 'run') runs.push(value);
      else if ((changed.get(value.name) ?? 0) < value.at) settings.push(value);
      const waiting = usage.length + scores.length + decisions.length + settings.length;
      if (waiting + runs.length >= AT_ONCE) await flush();
    },
  };
}
