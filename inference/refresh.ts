import type { ComponentFacts } from '../domain/facts.ts';
import { inSlices } from '../domain/in-slices.ts';
import type { Log } from '../domain/log.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import {
  days,
  durationMs,
  epochMs,
  hours,
  minutes,
  STEP,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../domain/units.ts';
import type { ForecastUse } from '../domain/use.ts';
import { factsIn } from './facts.ts';
import { isSound, timeAt, withIssues, type Time } from './issue-table.ts';
import { usesIn } from './use-settings.ts';
import { issueId, snapshot, type HeldIssue, type ReadingRules } from './snapshot.ts';

/** The latest issue within the window, per component and resource. */
export interface FutureReader {
  readFuture(issuedIn: Window, signal: AbortSignal): Promise<readonly PackedIssue[]>;
}
/** All settings; of interest here are the facts about components. */
export interface SettingsReader {
  all(signal: AbortSignal): Promise<readonly SettingEntry[]>;
}

type Table = {
  readonly time: Time;
  readonly issues: ReadonlyMap<string, HeldIssue>;
  readonly facts: ReadonlyMap<string, ComponentFacts>;
  readonly uses: ReadonlyMap<string, ForecastUse>;
  readonly fullAt: EpochMs;
};

/** A run may still be writing issues while a reader passes: each read begins a little before the last. */
const OVERLAP = minutes(2);
const FULL_EVERY = hours(1);
/** Issues are looked for this much further back than they can be read: their staleness is shown. */
const LOOK_BACK = days(1);

/**
 * Keeps the forecasts in memory, so that no request waits for a store, and a store that is gone is not
 * noticed before the hold time is over.
 *
 * Each refresh builds a new table and swaps one pointer. One that fails leaves the table as it is, which
 * then ages; a misshapen issue leaves the one before it.
 *
 * @param keep what of an issue is to stay in memory.
 */
export function keepSnapshots(
  reader: FutureReader & SettingsReader,
  options: ReadingRules,
  log: Log,
  keep: (issue: PackedIssue) => PackedIssue = (issue) => issue,
) {
  let table: Table | undefined;
  let shown: Snapshot | undefined;
  let built = Promise.resolve();

  /** One at a time: each stands on the table that the one before has left. */
  const build = async (
    { now, isFull }: Round,
    read: readonly PackedIssue[],
    entries: readonly SettingEntry[],
  ): Promise<void> => {
    const sound: PackedIssue[] = [];
    // What is misshapen was not forgotten: its place in the table is kept.
    const named = isFull ? new Set<string>() : undefined;
    await inSlices(read, (issue) => {
      named?.add(issueId(issue.key, issue.resource));
      if (isSound(issue)) sound.push(keep(issue));
    });
    if (sound.length < read.length) {
      const refused = read.length - sound.length;
      log.warn({ refused }, 'some forecasts are misshapen; the ones before them stay in force');
    }
    const time = timeAt(now, table?.time);
    const issues = await withIssues(table?.issues ?? new Map(), sound, named, time);
    const fullAt = isFull ? now : (table?.fullAt ?? now);
    table = { time, issues, facts: factsIn(entries), uses: usesIn(entries), fullAt };
    shown = snapshot(now, table.issues, table.facts, options, table.uses);
  };

  return {
    /** `undefined` until a refresh has succeeded. */
    current: (): Snapshot | undefined => shown,
    /** Time since the last refresh that succeeded; `undefined` when none has. */
    age: (now: EpochMs): DurationMs | undefined =>
      table === undefined ? undefined : durationMs(Math.max(0, now - table.time.now)),
    async refresh(now: EpochMs, signal: AbortSignal): Promise<void> {
      const isFull = isFullRead(table, now);
      const window = isFull ? everything(now, options) : sinceLast(table, now);
      const [read, entries] = await Promise.all([
        reader.readFuture(window, signal),
        reader.all(signal),
      ]);
      const mine = built.then(() => build({ now, isFull }, read, entries));
      built = mine.catch(() => undefined);
      await mine;
    },
  };
}

type Round = {
  readonly now: EpochMs;
  /** Everything that there is was read. */
  readonly isFull: boolean;
};

const isFullRead = (table: Table | undefined, now: EpochMs): boolean =>
  table === undefined || table.issues.size === 0 || Math.abs(now - table.fullAt) >= FULL_EVERY;

const everything = (now: EpochMs, { holdTime }: ReadingRules): Window => ({
  from: epochMs(now - holdTime - LOOK_BACK),
  to: epochMs(now + STEP),
});

function sinceLast(table: Table | undefined, now: EpochMs): Window {
  const issued = [...(table?.issues.values() ?? [])].map(({ issue }) => issue.issuedAt);
  const last = issued.reduce((a, b) => Math.max(a, b), 0);
  return { from: epochMs(Math.min(last, now) - OVERLAP), to: epochMs(now + STEP) };
}
