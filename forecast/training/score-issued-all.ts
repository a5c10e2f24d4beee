import { idOf, RESOURCES, type ComponentKey, type Resource } from '../../domain/component.ts';
import type { Log } from '../../domain/log.ts';
import type { Score } from '../../domain/score.ts';
import { bucketStart, days, epochMs, STEP, type EpochMs, type Window } from '../../domain/units.ts';
import { VINTAGE_LEADS, type Vintage } from '../../domain/vintage.ts';
import { columnPages, type ComponentColumns, type HistoryReader } from './columns.ts';
import type { Shard } from './shards.ts';
import { SCALE_DAYS, scoreIssued, truthOf, type DayOfTruth } from './score-issued.ts';
import type { ScoreWriter } from './ports.ts';

export interface VintageReader {
  /** What was issued `lead` steps before each step of the window, in any order. */
  readVintages(
    lead: number,
    valid: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): AsyncIterable<Vintage>;
}
export interface ScoreReader {
  readScores(
    window: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): Promise<readonly Score[]>;
}

export type ScorePorts = {
  readonly history: HistoryReader;
  readonly vintages: VintageReader;
  readonly scores: ScoreReader & ScoreWriter;
};

/** Closed days are looked at again for so long: truth that waited on a disk comes late, and so may we. */
const DAYS_BACK = 7;
/** These are scored anew in any case, for a truth that was replaced is no gap that would be seen. */
const DAYS_ANEW = 3;
/** Leads that say within hours that something has changed; the rest waits for the day's end. */
const LEADS_OF_TODAY = [1, 2, 4] as const;

export type ScoreJob = {
  readonly now: EpochMs;
  /** `closed`: the days that are over, with what was missed. `today`: the day as far as it has come. */
  readonly what: 'closed' | 'today';
  /** Whose components are scored here. */
  readonly shard: Shard;
};

/**
 * Scores the forecasts that were issued against what came, a row per series, lead, model and day; the same row when asked
 * again. A series that cannot be scored is told of and stops no other.
 *
 * @returns how many rows were written, and how many series failed.
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`; what was written before stays.
 */
export async function scoreAllIssued(
  ports: ScorePorts,
  { now, what, shard }: ScoreJob,
  log: Log,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly failed: number }> {
  const until = bucketStart(now, STEP);
  const today = bucketStart(until, days(1));
  const wanted = what === 'today' ? [today] : closedDays(today);
  const leads = what === 'today' ? LEADS_OF_TODAY : VINTAGE_LEADS;
  const from = epochMs(Math.min(...wanted) - days(SCALE_DAYS));
  const told = isolation(log);
  let rows = 0;
  for await (const page of columnPages(ports.history, shard, { from, to: until }, signal)) {
    const done = what === 'today' ? new Set() : await scoredIn(page, today, ports.scores, signal);
    const isOpen = (one: DayOfTruth): boolean =>
      one.day >= today - days(DAYS_ANEW) || !done.has(dayOf(one.key, one.day));
    const open = page
      .flatMap((columns) =>
        RESOURCES.flatMap((resource) =>
          told.each(columns.key, resource, () => truthsOf(columns, resource, wanted, until)),
        ),
      )
      .filter(isOpen);
    // A day and a lead at a time: of a week of all leads the vintages alone would be a hundred megabytes.
    for (const [day, some] of Map.groupBy(open, (one) => one.day)) {
      const scores: Score[] = [];
      for (const lead of leads) {
        const found = await vintagesOf(ports.vintages, { day, some, lead }, signal);
        const score = (one: DayOfTruth) => scoreIssued(one, found.get(seriesOf(one)) ?? []);
        scores.push(...some.flatMap((one) => told.each(one.key, one.resource, () => score(one))));
      }
      if (scores.length > 0) await ports.scores.writeScores(scores, signal);
      rows += scores.length;
    }
  }
  return { rows, failed: told.failed() };
}

/** One series' fault is told once, and costs that series alone. */
function isolation(log: Log) {
  const failed = new Set<string>();
  return {
    failed: () => failed.size,
    each<T>(key: ComponentKey, resource: Resource, work: () => readonly T[]): readonly T[] {
      const series = seriesOf({ key, resource });
      try {
        return work();
      } catch (err) {
        if (!failed.has(series)) log.warn({ err, series }, 'a series could not be scored');
        failed.add(series);
        return [];
      }
    },
  };
}

/** The days of the last week that have scores of issued forecasts, by component: some resources cannot be scored. */
async function scoredIn(
  page: readonly ComponentColumns[],
  today: EpochMs,
  reader: ScoreReader,
  signal: AbortSignal,
): Promise<Set<string>> {
  const window = { from: epochMs(today - days(DAYS_BACK)), to: today };
  const keys = page.map(({ key }) => key);
  const known = await reader.readScores(window, signal, keys);
  return new Set(known.filter(({ lead }) => lead > 0).map(({ key, at }) => dayOf(key, at)));
}

const closedDays = (today: EpochMs): EpochMs[] =>
  Array.from({ length: DAYS_BACK }, (_, index) => epochMs(today - days(index + 1)));

const dayOf = (key: ComponentKey, at: EpochMs): string =>
  `${idOf(key)} ${bucketStart(at, days(1))}`;

const seriesOf = ({ key, resource }: Pick<Vintage, 'key' | 'resource'>): string =>
  `${idOf(key)} ${resource}`;

const truthsOf = (
  columns: ComponentColumns,
  resource: Resource,
  wanted: readonly EpochMs[],
  until: EpochMs,
): DayOfTruth[] => wanted.flatMap((day) => truthOf(columns[resource], resource, day, until) ?? []);

/** By series; only of the components that are open on that day. */
async function vintagesOf(
  reader: VintageReader,
  of: { day: EpochMs; some: readonly DayOfTruth[]; lead: number },
  signal: AbortSignal,
): Promise<Map<string, Vintage[]>> {
  const { day, some, lead } = of;
  const keys = [...new Map(some.map(({ key }) => [idOf(key), key])).values()];
  const valid = { from: day, to: epochMs(day + days(1)) };
  const found: Vintage[] = [];
  for await (const one of reader.readVintages(lead, valid, signal, keys)) found.push(one);
  return Map.groupBy(found, seriesOf);
}
