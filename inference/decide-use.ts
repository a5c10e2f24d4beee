import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import type { Log } from '../domain/log.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import {
  bucketStart,
  days,
  epochMs,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../domain/units.ts';
import { useName, type ForecastUse } from '../domain/use.ts';
import { readLessons, type LessonReader } from './lessons.ts';
import { decisionsOf, useOf, type Change } from './use-of.ts';
import { useJson, usesIn } from './use-settings.ts';

interface RecordReader extends LessonReader {
  readScores(
    window: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): Promise<readonly Score[]>;
}
interface UseKeeper {
  all(signal: AbortSignal): Promise<readonly SettingEntry[]>;
  /** Atomic. */
  set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
}
/** Resolved means durable. What cannot be recorded is not done. */
interface DecisionSink {
  appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
}

export type UsePorts = {
  readonly record: RecordReader;
  readonly settings: UseKeeper;
  readonly ledger: DecisionSink;
  /** Of the components that may have forecasts. Throws while it is not known. */
  readonly keys: () => readonly ComponentKey[];
  readonly snapshot: () => Snapshot | undefined;
};

type UseRules = {
  /** What holds for a component of which nothing is told. */
  readonly level: number;
  readonly leadTime: DurationMs;
  /** Whether the level that is served is corrected online. */
  readonly adapts: boolean;
};

const COMPONENTS_AT_ONCE = 100;
/** Trials at training are not made every day. */
const RECORD_DAYS = 8;

/**
 * One round of deciding which forecasts may be used for scaling, and at which level they are read. What changes is in the
 * ledger before it holds; a round that cannot read decides nothing, and what was decided goes on to hold.
 *
 * @returns the scores that were read, for whoever sums them up.
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`, `KUBE_UNAVAILABLE`.
 */
export async function decideUses(
  ports: UsePorts,
  rules: UseRules,
  log: Log,
  now: EpochMs,
  signal: AbortSignal,
): Promise<readonly Score[]> {
  const snapshot = ports.snapshot();
  if (snapshot === undefined) return [];
  const known = usesIn(await ports.settings.all(signal));
  const keys = [...new Map(ports.keys().map((key) => [idOf(key), key])).values()].filter((key) =>
    RESOURCES.some((resource) => snapshot.issue(key, resource) !== undefined),
  );
  const window = { from: epochMs(bucketStart(now, days(1)) - days(RECORD_DAYS)), to: now };
  const leadTime = (key: ComponentKey): DurationMs =>
    snapshot.facts(key)?.leadTime ?? rules.leadTime;
  const lessons = rules.adapts
    ? await readLessons(ports.record, keys, leadTime, now, signal)
    : undefined;
  const read: Score[] = [];
  for (let first = 0; first < keys.length; first += COMPONENTS_AT_ONCE) {
    const page = keys.slice(first, first + COMPONENTS_AT_ONCE);
    const scores = await ports.record.readScores(window, signal, page);
    read.push(...scores);
    const byId = Map.groupBy(scores, ({ key }) => idOf(key));
    const changes = page.map((key): Change => {
      const before: ForecastUse = known.get(idOf(key)) ?? { key };
      const own = byId.get(idOf(key)) ?? [];
      const about = { snapshot, scores: own, lessons, level: rules.level, now };
      return { before, after: useOf(before, about) };
    });
    await carryOut(changes, ports, log, now, signal);
  }
  return read;
}

async function carryOut(
  all: readonly Change[],
  { ledger, settings }: UsePorts,
  log: Log,
  now: EpochMs,
  signal: AbortSignal,
): Promise<void> {
  const textOf = (use: ForecastUse): string => JSON.stringify(useJson(use));
  const changes = all.filter(({ before, after }) => textOf(before) !== textOf(after));
  const decisions = changes.flatMap((change) => decisionsOf(change, now));
  if (decisions.length > 0) await ledger.appendDecisions(decisions, signal);
  for (const { key, reason, text } of decisions) {
    log.warn({ component: idOf(key), reason, text }, 'the use of a forecast changes');
  }
  if (changes.length === 0) return;
  const entries = changes.map(({ after }) => ({
    name: useName(after.key),
    value: useJson(after),
    changedBy: FIELD_MANAGER,
    at: now,
  }));
  await settings.set(entries, signal);
}
