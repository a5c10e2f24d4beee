import type { Meters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import type { ComponentView } from '../domain/component-view.ts';
import type { ComponentKey } from '../domain/component.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import {
  bucketStart,
  days,
  hours,
  minutes,
  STEP,
  type DurationMs,
  type EpochMs,
} from '../domain/units.ts';
import { scoreAllIssued } from '../forecast/training/score-issued-all.ts';
import { WHOLE, type Shard } from '../forecast/training/shards.ts';
import { decideUses } from '../inference/decide-use.ts';
import {
  fleetRecord,
  FLEET_QUANTILES,
  forecastAges,
  readingsByKind,
} from '../inference/fleet-record.ts';
import type { Parts } from './parts.ts';

/** By then the bucket that has just closed is in the store. */
const AFTER_THE_BEAT = minutes(2);

/**
 * Scores what was issued against what came: the closed days once a day (and at the start, for what was missed), and the
 * day that is not over each hour, so that a change is seen within hours.
 */
export async function keepScores(
  { clock, log, store }: Parts,
  signal: AbortSignal,
  shard: Shard = WHOLE,
): Promise<void> {
  const ports = { history: store, vintages: store, scores: store };
  let done: EpochMs | undefined;
  const score = async (what: 'closed' | 'today', stop: AbortSignal): Promise<void> => {
    const told = await scoreAllIssued(ports, { now: clock.now(), what, shard }, log, stop);
    const members = { what, ...told };
    if (what === 'closed') log.info(members, 'forecasts were scored against what came');
    else log.debug(members, 'forecasts were scored against what came');
  };
  const round = async (stop: AbortSignal): Promise<void> => {
    await clock.sleep(AFTER_THE_BEAT, stop);
    const today = bucketStart(clock.now(), days(1));
    if (today !== done) await score('closed', stop);
    done = today;
    await score('today', stop);
  };
  const later = (err: unknown): void =>
    log.warn({ err }, 'forecasts could not be scored; it is made up for on the next beat');
  await onEveryBeat(hours(1), round, later, clock, signal);
}

type Fleet = {
  readonly snapshots: { current(): Snapshot | undefined };
  /** Throws while they are not known. */
  readonly components: { list(): readonly ComponentView[] };
  readonly meters: Meters;
};
type Told = { readonly ledger: Pick<Parts['store'], 'appendDecisions'> };

/** Decides each step which forecasts may be used for scaling, and sums up how the fleet's did. For whoever leads. */
export async function keepUses(
  parts: Parts,
  fleet: Fleet & Told,
  signal: AbortSignal,
): Promise<void> {
  const { clock, config, log, settings, store } = parts;
  const { snapshots, components, ledger, meters } = fleet;
  const ports = {
    record: store,
    settings,
    ledger,
    keys: () => components.list().map(({ key }) => key),
    snapshot: () => snapshots.current(),
  };
  const rules: { level: number; leadTime: DurationMs; adapts: boolean } = {
    level: config.forecast.level,
    leadTime: config.forecast.leadTime,
    adapts: config.forecast.adaptLevel,
  };
  const round = async (stop: AbortSignal): Promise<void> => {
    await clock.sleep(AFTER_THE_BEAT, stop);
    const now = clock.now();
    const scores = await decideUses(ports, rules, log, now, stop);
    const record = fleetRecord(scores, managedIn(components.list()), now);
    if (record === undefined) return;
    FLEET_QUANTILES.forEach((level, index) =>
      meters.set('forecast_skill_ratio', record.skills[index] ?? 0, { quantile: level }),
    );
    meters.set('forecast_worse_ratio', record.worse, { window: '7d' });
    meters.set('forecast_coverage_ratio', record.coverage, { level: 0.8 });
    meters.set('forecast_below_ratio', record.belowQ90, { level: 0.9 });
  };
  const later = (err: unknown): void =>
    log.warn({ err }, 'the use of forecasts was not decided anew; what was decided holds');
  await onEveryBeat(STEP, round, later, clock, signal);
}

/** How many forecasts can be read and how old they are, measured whenever somebody looks. */
export function tellAges({ clock }: Parts, { snapshots, components, meters }: Fleet): void {
  meters.onScrape(() => {
    const [snapshot, keys, now] = [snapshots.current(), managedNow(components), clock.now()];
    const ages = forecastAges(snapshot, keys, now);
    for (const [reading, count] of readingsByKind(snapshot, keys, now)) {
      meters.set('forecasts', count, { reading });
    }
    FLEET_QUANTILES.forEach((level, index) => {
      const age = ages[index];
      if (age !== undefined) meters.set('forecast_age_seconds', age, { quantile: level });
    });
  });
}

const managedIn = (views: readonly ComponentView[]): ComponentKey[] =>
  views.filter(({ managed }) => managed).map(({ key }) => key);

/** A scrape must not fail because the cluster is away. */
function managedNow(components: Fleet['components']): ComponentKey[] {
  try {
    return managedIn(components.list());
  } catch {
    return [];
  }
}
