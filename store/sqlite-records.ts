import type { ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { Log } from '../domain/log.ts';
import type { Run, RunKind } from '../domain/run.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { checkedDecision, checkedSetting } from './checked.ts';
import { parseDecision, parseRun, parseSetting, toDocument } from './documents.ts';
import { checkedKey, checkedWindow, count } from './names.ts';
import type { DecisionRow, RunRow, SettingRow } from './sqlite-ledger.ts';
import type { Ask } from './sqlite-thread.ts';

/** Settings, runs and decisions: the side of the port that is documents. */
export const recordsOf = (ask: Ask, log: Log) => ({
  async all(signal: AbortSignal): Promise<SettingEntry[]> {
    const rows = await ask('settings', [], signal);
    return readable(
      rows.map(({ name, doc }) => parseSetting(name, doc)),
      log,
    );
  },

  /** All entries or none; on disk when it resolves. */
  async set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('set', [entries.map(settingRow)], signal);
  },

  async start(run: Run, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('start', [runRow(run)], signal);
  },

  async get(id: string, signal: AbortSignal): Promise<Run | undefined> {
    const [run] = readable((await ask('run', [id], signal)).map(parseRun), log);
    return run;
  },

  async list(window: Window, signal: AbortSignal): Promise<Run[]> {
    return readable((await ask('runs', [checkedWindow(window)], signal)).map(parseRun), log);
  },

  async take(kind: RunKind, now: EpochMs, signal: AbortSignal): Promise<Run | undefined> {
    const doc = await ask('take', [kind, now], signal);
    return doc === undefined ? undefined : parseRun(doc);
  },

  async update(run: Run, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('update', [runRow(run)], signal);
  },

  async appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('appendDecisions', [decisions.map(decisionRow)], signal);
  },

  async readDecisions(
    key: ComponentKey | undefined,
    window: Window,
    limit: number,
    signal: AbortSignal,
  ): Promise<Decision[]> {
    const of = key === undefined ? undefined : checkedKey(key);
    const words = [checkedWindow(window), count(limit, 'limit'), of] as const;
    return readable((await ask('decisions', [...words], signal)).map(parseDecision), log);
  },
});

/** One document that cannot be read does not hide the others. */
function readable<T>(found: readonly (T | undefined)[], log: Log): T[] {
  const known = found.filter((each) => each !== undefined);
  const unreadable = found.length - known.length;
  if (unreadable > 0) log.warn({ unreadable }, 'stored documents cannot be read and are left out');
  return known;
}

function settingRow(entry: SettingEntry): SettingRow {
  const { name, value, changedBy, at } = checkedSetting(entry);
  if (value === null) return { name };
  return { name, doc: toDocument({ value, changedBy, at }, `the setting ${name}`) };
}

function runRow(run: Run): RunRow {
  const { id, kind, createdAt, state } = run;
  count(createdAt, 'the creation of a run');
  return { id, kind, createdAt, state, doc: toDocument(run, 'a number of a run') };
}

function decisionRow(decision: Decision): DecisionRow {
  const { key, at } = checkedDecision(decision);
  return { key, at, doc: toDocument(decision, 'a number of a decision') };
}
