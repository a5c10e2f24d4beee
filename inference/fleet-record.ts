import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import { quantile } from '../domain/quantile.ts';
import type { Reading } from '../domain/reading.ts';
import { LEADS_OF_SCALING, recordOf } from '../domain/record.ts';
import type { Score } from '../domain/score.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { days, seconds, type EpochMs } from '../domain/units.ts';

/** The quantiles that a fleet is summed up by. */
export const FLEET_QUANTILES = [0.5, 0.99, 1] as const;

export type FleetRecord = {
  /** One per {@link FLEET_QUANTILES}, over series. */
  readonly skills: readonly number[];
  /** Share of series that did worse than the naive rule. */
  readonly worse: number;
  /** Mean share of truths within the 80 % band. */
  readonly coverage: number;
  /** Mean share of truths up to q90. */
  readonly belowQ90: number;
};

const DAYS = 7;

/**
 * How the issued forecasts of these components did over the last seven days, at the leads that scaling reads.
 *
 * @returns `undefined` while nothing of them is scored.
 */
export function fleetRecord(
  scores: readonly Score[],
  keys: readonly ComponentKey[],
  now: EpochMs,
): FleetRecord | undefined {
  const wanted = new Set(keys.map(idOf));
  const counted = scores.filter(
    ({ key, lead, at }) =>
      LEADS_OF_SCALING.has(lead) && at > now - days(DAYS) && wanted.has(idOf(key)),
  );
  const series = Map.groupBy(counted, ({ key, resource }) => `${idOf(key)} ${resource}`);
  const records = [...series.values()].flatMap((rows) => recordOf(rows) ?? []);
  if (records.length === 0) return undefined;
  const mean = (of: (record: (typeof records)[number]) => number): number =>
    records.reduce((sum, record) => sum + of(record), 0) / records.length;
  return {
    skills: quantilesOf(records.map(({ skill }) => skill)),
    worse: mean(({ skill }) => (skill < 0 ? 1 : 0)),
    coverage: mean(({ coverage }) => coverage),
    belowQ90: mean(({ belowQ90 }) => belowQ90),
  };
}

/** How old the forecasts in force are, in seconds, one per {@link FLEET_QUANTILES}; empty where there is none. */
export function forecastAges(
  snapshot: Snapshot | undefined,
  keys: readonly ComponentKey[],
  now: EpochMs,
): readonly number[] {
  const ages = keys.flatMap((key) =>
    RESOURCES.flatMap((resource) => {
      const issue = snapshot?.issue(key, resource);
      return issue === undefined ? [] : [Math.max(0, now - issue.issuedAt) / seconds(1)];
    }),
  );
  return ages.length === 0 ? [] : quantilesOf(ages);
}

const KINDS = ['predicted', 'observed', 'stale', 'failing', 'unknown'] as const;

/** How many series have a reading of each kind. */
export function readingsByKind(
  snapshot: Snapshot | undefined,
  keys: readonly ComponentKey[],
  now: EpochMs,
): ReadonlyMap<Reading['kind'], number> {
  const counts = new Map<Reading['kind'], number>(KINDS.map((kind) => [kind, 0]));
  for (const key of keys) {
    for (const resource of RESOURCES) {
      const kind = snapshot?.read({ key, resource }, now).kind ?? 'unknown';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return counts;
}

function quantilesOf(values: readonly number[]): number[] {
  const ascending = Float64Array.from(values).toSorted();
  return FLEET_QUANTILES.map((level) => quantile(ascending, level));
}
