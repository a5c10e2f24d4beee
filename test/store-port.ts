import type { UsageBucket } from '../domain/bucket.ts';
import type { ComponentKey, Resource } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Run, RunKind } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';

/** The whole port that every store fulfils; consumers declare the part they need. */
export interface Store extends AsyncDisposable {
  appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void>;
  readHistory(
    keys: readonly ComponentKey[] | 'everybody',
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncIterable<HistoryColumn>;
  readBuckets(window: Window, signal: AbortSignal): Promise<UsageBucket[]>;
  lastSeen(
    window: Window,
    signal: AbortSignal,
  ): Promise<{ readonly key: ComponentKey; readonly start: EpochMs }[]>;
  writeFuture(forecasts: readonly IssuedFor[], signal: AbortSignal): Promise<void>;
  readFuture(issuedIn: Window, signal: AbortSignal): Promise<PackedIssue[]>;
  writeScores(scores: readonly Score[], signal: AbortSignal): Promise<void>;
  /** As issued, by the step they are valid for; everybody's unless named. */
  readVintages(
    lead: number,
    valid: Window,
    signal: AbortSignal,
    keys?: readonly ComponentKey[],
  ): AsyncIterable<Vintage>;
  readScores(window: Window, signal: AbortSignal, keys?: readonly ComponentKey[]): Promise<Score[]>;
  all(signal: AbortSignal): Promise<SettingEntry[]>;
  set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
  start(run: Run, signal: AbortSignal): Promise<void>;
  get(id: string, signal: AbortSignal): Promise<Run | undefined>;
  list(window: Window, signal: AbortSignal): Promise<Run[]>;
  take(kind: RunKind, now: EpochMs, signal: AbortSignal): Promise<Run | undefined>;
  update(run: Run, signal: AbortSignal): Promise<void>;
  appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
  readDecisions(
    key: ComponentKey | undefined,
    window: Window,
    limit: number,
    signal: AbortSignal,
  ): Promise<Decision[]>;
  forget(key: ComponentKey, signal: AbortSignal): Promise<void>;
  check(
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
}
