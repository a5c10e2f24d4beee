import { quantile } from '../../domain/quantile.ts';
import { days, type EpochMs } from '../../domain/units.ts';
import type { ComponentMemory, SeriesMemory } from './choice-memory.ts';

export type TuningState = {
  /** What was chosen for each component. */
  readonly remembered: Iterable<ComponentMemory>;
  /** When the weights in force were learnt; absent = those shipped. */
  readonly learntAt?: EpochMs;
  /** When it was tried last, whatever came of it. */
  readonly triedAt?: EpochMs;
};

const FEWEST_SERIES = 10;
/** Below a week of history a series teaches nothing that the shipped weights do not know. */
const OLD_ENOUGH = days(7);
const SELDOM = days(1);
const WEIGHTS_LAST = days(30);
const DAYS_OF_NOW = 2;
const LARGEST_RISE = 1.1;
const LARGEST_SHARE_DRIFTED = 0.1;
const LARGEST_SHARE_NEW = 0.2;

/**
 * Why the network is to be tuned to this cluster now, or `undefined`. Not by the calendar, but the first time that
 * there is enough to learn from; when forecasts have become worse, or many series have changed; when many components
 * are newer than the weights; or when those are a month old. Never twice in a day.
 */
export function whyTune(
  { remembered, learntAt, triedAt }: TuningState,
  now: EpochMs,
): string | undefined {
  if (triedAt !== undefined && now - triedAt < SELDOM) return undefined;
  const series = [...remembered].flatMap(({ cpu, memory }) =>
    [cpu, memory].filter((one) => one !== undefined),
  );
  const old = series.filter(({ since }) => now - since >= OLD_ENOUGH);
  if (old.length < FEWEST_SERIES) return undefined;
  if (triedAt === undefined) return `${old.length} series have a week of history`;
  return worsened(series) ?? changed(series, now) ?? aged(series, learntAt ?? triedAt, now);
}

/** The median of the last two days against that of the days before them. */
function worsened(series: readonly SeriesMemory[]): string | undefined {
  const recent = series.flatMap(({ losses }) => losses.slice(-DAYS_OF_NOW));
  const before = series.flatMap(({ losses }) => losses.slice(0, -DAYS_OF_NOW));
  if (recent.length === 0 || before.length < FEWEST_SERIES) return undefined;
  const rise = median(recent) / median(before);
  return rise > LARGEST_RISE ? `losses rose by ${percent(rise - 1)} in two days` : undefined;
}

function changed(series: readonly SeriesMemory[], now: EpochMs): string | undefined {
  const isRecent = (at: EpochMs | undefined): boolean =>
    at !== undefined && now - at < days(DAYS_OF_NOW);
  const share = shareOf(
    series,
    ({ driftedAt, changedAt }) => isRecent(driftedAt) || isRecent(changedAt),
  );
  return share > LARGEST_SHARE_DRIFTED ? `${percent(share)} of the series have changed` : undefined;
}

/** @param at of the weights, or of the last time that better ones were looked for. */
function aged(series: readonly SeriesMemory[], at: EpochMs, now: EpochMs): string | undefined {
  const share = shareOf(series, ({ since }) => since > at);
  if (share >= LARGEST_SHARE_NEW)
    return `${percent(share)} of the series are newer than the weights`;
  return now - at >= WEIGHTS_LAST ? 'the weights are a month old' : undefined;
}

const shareOf = (series: readonly SeriesMemory[], is: (one: SeriesMemory) => boolean): number =>
  series.filter(is).length / series.length;

const median = (values: readonly number[]): number =>
  quantile(Float64Array.from(values).toSorted(), 0.5);

const percent = (share: number): string => `${Math.round(100 * share)} %`;
