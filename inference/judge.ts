import { LEADS_OF_SCALING, recordOf } from '../domain/record.ts';
import type { Score } from '../domain/score.ts';
import type { Failing } from '../domain/use.ts';
import { bucketStart, days, type EpochMs } from '../domain/units.ts';

/** Today, as far as it has come, and the two days before. */
const DAYS = 3;
/** Scored values below which a record says nothing: half a day at three leads. */
const ENOUGH = 144;
/** A change that ruins a forecast is seen within a third of a day, where it is clear. */
const ENOUGH_OF_LATE = 96;
const CLEARLY_WORSE = -0.1;
/** Better than it must be, so that one at the border does not come and go. */
const RECOVERED = 0.05;

/** What is known of one series, newest or oldest first; scores of others are not among them. */
export type Evidence = {
  readonly scores: readonly Score[];
  /** The model that is served now. */
  readonly model: string;
  readonly was: Failing | undefined;
  readonly now: EpochMs;
};

/**
 * Whether a forecast is failing; `undefined` when it may be used for scaling.
 *
 * By its own record, once there is enough of one: failing below the naive rule over three days, or clearly below it of late;
 * used again when it is clearly above over three days and not below of late. Before that by the trial of the served model at
 * training. A record that has ended changes nothing.
 */
export function judge({ scores, model, was, now }: Evidence): Failing | undefined {
  const since = was?.since ?? now;
  const ofRecord = was?.by === 'record' ? was : undefined;
  const verdict = byRecord(scores, ofRecord, now);
  if (verdict === 'unknown') return ofRecord ?? byTrial(scores, model, since);
  return verdict === 'used' ? undefined : { since, by: 'record', ...verdict };
}

type Verdict = Pick<Failing, 'skill' | 'scored'> | 'used' | 'unknown';

function byRecord(scores: readonly Score[], was: Failing | undefined, now: EpochMs): Verdict {
  const today = bucketStart(now, days(1));
  const record = scores.filter(
    ({ lead, at }) => LEADS_OF_SCALING.has(lead) && at > today - days(DAYS),
  );
  const late = pooled(latest(record));
  if (late.scored >= ENOUGH_OF_LATE && late.skill < CLEARLY_WORSE) return late;
  const whole = pooled(record);
  if (whole.scored < ENOUGH) return 'unknown';
  if (whole.skill < (was === undefined ? 0 : RECOVERED)) return whole;
  return was !== undefined && late.skill < 0 ? late : 'used';
}

function byTrial(scores: readonly Score[], model: string, since: EpochMs): Failing | undefined {
  const trials = scores.filter((score) => score.lead === 0 && score.model === model);
  const last = trials.toSorted((a, b) => b.at - a.at).find(({ n }) => n >= ENOUGH_OF_LATE);
  if (last === undefined || last.skill >= 0) return undefined;
  return { since, skill: last.skill, scored: last.n, by: 'trial' };
}

const NOTHING = { skill: 1, scored: 0 };

function pooled(rows: readonly Score[]): Pick<Failing, 'skill' | 'scored'> {
  const { skill, scored } = recordOf(rows) ?? NOTHING;
  return { skill, scored };
}

/** The last days that together have enough. */
function latest(record: readonly Score[]): Score[] {
  const byDay = [...Map.groupBy(record, ({ at }) => at)].toSorted(([a], [b]) => b - a);
  const found: Score[] = [];
  for (const [, rows] of byDay) {
    if (pooled(found).scored >= ENOUGH_OF_LATE) break;
    found.push(...rows);
  }
  return found;
}
