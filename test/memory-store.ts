import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { storeUnavailable } from '../domain/errors.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Run } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { vintagesOf, type Vintage } from '../domain/vintage.ts';
import {
  checkedBucket,
  checkedDecision,
  checkedIssue,
  checkedScore,
  checkedSetting,
} from '../store/checked.ts';
import { parseDecision, parseRun, parseSetting, toDocument } from '../store/documents.ts';
import { checkedKey, checkedWindow } from '../store/names.ts';
import { nextRun } from '../store/next-run.ts';
import type { Store } from './store-port.ts';

const inside = ({ from, to }: Window, at: EpochMs): boolean => at >= from && at < to;
const isOf =
  (key: ComponentKey) =>
  (each: { readonly key: ComponentKey }): boolean =>
    idOf(each.key) === idOf(key);

/**
 * Keeps everything in this process and forgets it with it: the model that real stores are compared
 * with. `away` makes every call refuse until it is set back.
 */
export function createMemoryStore(): Store & { away: boolean } {
  const usage = new Map<string, UsageBucket>();
  let issues: PackedIssue[] = [];
  const vintages = new Map<string, Vintage>();
  let scores: Score[] = [];
  let decisions: Decision[] = [];
  const settings = new Map<string, string>();
  const runs = new Map<string, string>();
  const allRuns = (): Run[] => [...runs.values()].flatMap((doc) => parseRun(doc) ?? []);

  const store: Store & { away: boolean } = {
    away: false,

    async appendHistory(buckets, signal) {
      begin(signal);
      for (const bucket of buckets.map(checkedBucket)) {
        const name = `${idOf(bucket.key)}@${bucket.start}`;
        if ((usage.get(name)?.sampleCount ?? 0) <= bucket.sampleCount) usage.set(name, bucket);
      }
    },

    async *readHistory(keys, resource, window, signal) {
      begin(signal);
      checkedWindow(window);
      const wanted = keys === 'everybody' ? undefined : new Set(keys.map(checkedKey).map(idOf));
      const found = [...usage.values()].filter(
        ({ key, start }) => inside(window, start) && (wanted?.has(idOf(key)) ?? true),
      );
      for (const group of Map.groupBy(found, ({ key }) => idOf(key)).values()) {
        const column = group.toSorted((a, b) => a.start - b.start);
        yield {
          key: column[0]!.key,
          starts: Float64Array.from(column, ({ start }) => start),
          values: Float64Array.from(column, (bucket) => bucket[resource]),
        };
      }
    },

    async readBuckets(window, signal) {
      begin(signal);
      checkedWindow(window);
      return [...usage.values()].filter(({ start }) => inside(window, start));
    },

    async lastSeen(window, signal) {
      const found = (await store.readBuckets(window, signal)).toSorted((a, b) => a.start - b.start);
      const last = new Map(found.map(({ key, start }) => [idOf(key), { key, start }]));
      return [...last.values()];
    },

    async writeFuture(forecasts, signal) {
      begin(signal);
      const checked = forecasts.map(checkedIssue);
      for (const vintage of forecasts.flatMap(vintagesOf)) {
        const { key, resource, lead, at, issuedAt } = vintage;
        const name = JSON.stringify([idOf(key), resource, lead, at]);
        if ((vintages.get(name)?.issuedAt ?? 0) <= issuedAt) vintages.set(name, vintage);
      }
      for (const issue of checked) {
        const same = issues.find(
          (each) => each.resource === issue.resource && isOf(issue.key)(each),
        );
        if (same !== undefined && same.issuedAt > issue.issuedAt) continue;
        issues = [...issues.filter((each) => each !== same), issue];
      }
    },

    async readFuture(issuedIn, signal) {
      begin(signal);
      checkedWindow(issuedIn);
      return issues.filter(({ issuedAt }) => inside(issuedIn, issuedAt));
    },

    async *readVintages(lead, valid, signal, keys) {
      begin(signal);
      checkedWindow(valid);
      const wanted = keys === undefined ? undefined : new Set(keys.map(checkedKey).map(idOf));
      for (const vintage of vintages.values()) {
        if (vintage.lead !== lead || !inside(valid, vintage.at)) continue;
        if (wanted?.has(idOf(vintage.key)) ?? true) yield vintage;
      }
    },

    async writeScores(written, signal) {
      begin(signal);
      const nameOf = ({ key, resource, model, lead, at }: Score): string =>
        JSON.stringify([idOf(key), resource, model, lead, at]);
      const named = new Map([...scores, ...written.map(checkedScore)].map((s) => [nameOf(s), s]));
      scores = [...named.values()];
    },

    async readScores(window, signal, keys) {
      begin(signal);
      checkedWindow(window);
      const wanted = keys === undefined ? undefined : new Set(keys.map(checkedKey).map(idOf));
      return scores.filter(({ key, at }) => inside(window, at) && (wanted?.has(idOf(key)) ?? true));
    },

    async all(signal) {
      begin(signal);
      return [...settings].flatMap(([name, doc]) => parseSetting(name, doc) ?? []);
    },

    async set(entries, signal) {
      begin(signal);
      const docs = entries
        .map(checkedSetting)
        .map((entry): [SettingEntry, string] => [entry, toDocument(entry, 'setting')]);
      for (const [{ name, value }, doc] of docs) {
        if (value === null) settings.delete(name);
        else settings.set(name, doc);
      }
    },

    async start(run, signal) {
      begin(signal);
      if (!runs.has(run.id)) runs.set(run.id, toDocument(run, 'run'));
    },

    async get(id, signal) {
      begin(signal);
      return allRuns().find((run) => run.id === id);
    },

    async list(window, signal) {
      begin(signal);
      checkedWindow(window);
      return allRuns()
        .filter(({ createdAt }) => inside(window, createdAt))
        .toSorted((a, b) => b.createdAt - a.createdAt);
    },

    async take(kind, now, signal) {
      begin(signal);
      const run = nextRun(allRuns(), kind, now);
      if (run !== undefined) runs.set(run.id, toDocument(run, 'run'));
      return run;
    },

    async update(run, signal) {
      begin(signal);
      runs.set(run.id, toDocument(run, 'run'));
    },

    async appendDecisions(written, signal) {
      begin(signal);
      const docs = [...decisions, ...written.map(checkedDecision)].map((decision) =>
        toDocument(decision, 'decision'),
      );
      decisions = [...new Set(docs)].flatMap((doc) => parseDecision(doc) ?? []);
    },

    async readDecisions(key, window, limit, signal) {
      begin(signal);
      checkedWindow(window);
      const isWanted = key === undefined ? () => true : isOf(checkedKey(key));
      return decisions
        .filter((decision) => inside(window, decision.at) && isWanted(decision))
        .toReversed()
        .toSorted((a, b) => b.at - a.at)
        .slice(0, limit);
    },

    async forget(key, signal) {
      begin(signal);
      const isForgotten = isOf(checkedKey(key));
      for (const [name, each] of usage) if (isForgotten(each)) usage.delete(name);
      for (const [name, each] of vintages) if (isForgotten(each)) vintages.delete(name);
      issues = issues.filter((each) => !isForgotten(each));
      scores = scores.filter((each) => !isForgotten(each));
      decisions = decisions.filter((each) => !isForgotten(each));
      for (const name of settings.keys()) if (name.endsWith(`/${idOf(key)}`)) settings.delete(name);
    },

    async check(signal) {
      signal.throwIfAborted();
      return store.away ? { ok: false, why: 'the store is away' } : { ok: true };
    },

    async [Symbol.asyncDispose]() {
      store.away = true;
    },
  };

  function begin(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (store.away) throw storeUnavailable('the store is away');
  }

  return store;
}
