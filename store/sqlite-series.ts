import type { UsageBucket } from '../domain/bucket.ts';
import { RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { Log } from '../domain/log.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Score } from '../domain/score.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { vintagesOf, type Vintage } from '../domain/vintage.ts';
import { checkedBucket, checkedIssue, checkedScore } from './checked.ts';
import { checkedKey, checkedWindow, count } from './names.ts';
import type { PackedColumns } from './sqlite-history.ts';
import { unpackIssues } from './sqlite-issues.ts';
import type { ScoreRow } from './sqlite-ledger.ts';
import type { Ask } from './sqlite-thread.ts';
import { rowOf, vintagesIn } from './sqlite-vintages.ts';

/** Components a question: 28 days of 10 are half a megabyte, and other questions are answered in between. */
const COMPONENTS_AT_ONCE = 10;
/** The forecasts of as many are a few megabytes: more at once would keep others waiting for us. */
const ISSUES_OF = 250;

/** History, forecasts and scores: the side of the port that is numbers. */
export const seriesOf = (ask: Ask, log: Log, isDue: (issue: PackedIssue) => boolean) => ({
  async appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('appendHistory', [buckets.map(checkedBucket)], signal);
  },

  async *readHistory(
    keys: readonly ComponentKey[] | 'everybody',
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncGenerator<HistoryColumn, void, undefined> {
    checkedWindow(window);
    const wanted =
      keys === 'everybody' ? await ask('components', [], signal) : keys.map(checkedKey);
    for (let first = 0; first < wanted.length; first += COMPONENTS_AT_ONCE) {
      const part = wanted.slice(first, first + COMPONENTS_AT_ONCE);
      yield* columnsIn(await ask('readColumns', [part, resource, window], signal));
    }
  },

  async readBuckets(window: Window, signal: AbortSignal): Promise<UsageBucket[]> {
    return ask('readBuckets', [checkedWindow(window)], signal);
  },

  async lastSeen(
    window: Window,
    signal: AbortSignal,
  ): Promise<{ key: ComponentKey; start: EpochMs }[]> {
    return ask('lastSeen', [checkedWindow(window)], signal);
  },

  async writeFuture(forecasts: readonly IssuedFor[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const issues = forecasts.map(checkedIssue);
    const due = forecasts.filter((_, index) => {
      const issue = issues[index];
      return issue !== undefined && isDue(issue);
    });
    await ask('writeFuture', [issues, due.flatMap(vintagesOf).map(rowOf)], signal);
  },

  async *readVintages(
    lead: number,
    valid: Window,
    signal: AbortSignal,
    keys?: readonly ComponentKey[],
  ): AsyncGenerator<Vintage, void, undefined> {
    signal.throwIfAborted();
    const words = [count(lead, 'lead'), checkedWindow(valid)] as const;
    const wanted = keys?.map(checkedKey) ?? (await ask('components', [], signal));
    for (let first = 0; first < wanted.length; first += COMPONENTS_AT_ONCE) {
      const page = wanted.slice(first, first + COMPONENTS_AT_ONCE);
      yield* vintagesIn(await ask('readVintages', [...words, page], signal));
    }
  },

  async readFuture(issuedIn: Window, signal: AbortSignal): Promise<PackedIssue[]> {
    const window = checkedWindow(issuedIn);
    const found: PackedIssue[] = [];
    let misshapen = 0;
    const last = await ask('lastComponent', [], signal);
    for (let after = 0; after < last; after += ISSUES_OF) {
      const packed = await ask('readFuture', [window, after, after + ISSUES_OF], signal);
      const page = unpackIssues(packed);
      found.push(...page.issues);
      misshapen += page.misshapen;
    }
    if (misshapen > 0) {
      log.warn({ misshapen }, 'stored forecasts cannot be read; these components have none');
    }
    return found;
  },

  async writeScores(scores: readonly Score[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await ask('writeScores', [scores.map(checkedScore)], signal);
  },

  /** @param keys everybody's unless named. */
  async readScores(
    window: Window,
    signal: AbortSignal,
    keys?: readonly ComponentKey[],
  ): Promise<Score[]> {
    const words = [checkedWindow(window), keys?.map(checkedKey)] as const;
    return (await ask('readScores', [...words], signal)).flatMap(scoreOf);
  },
});

// Each column gets arrays of its own: whoever keeps one does not keep all.
function* columnsIn({ keys, lengths, starts, values }: PackedColumns): Generator<HistoryColumn> {
  let from = 0;
  for (const [index, key] of keys.entries()) {
    const to = from + (lengths[index] ?? 0);
    yield { key, starts: starts.slice(from, to), values: values.slice(from, to) };
    from = to;
  }
}

/** A score of a resource that this program does not know is left out. */
function scoreOf(row: ScoreRow): Score[] {
  const resource = RESOURCES.find((each) => each === row.resource);
  return resource === undefined ? [] : [{ ...row, resource }];
}
