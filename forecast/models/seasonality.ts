import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';

const WEEK = 7 * STEPS_A_DAY;
/** How far from the expected lag the autocorrelation is followed down on both sides. */
const STEPS_AROUND = 16;
/** Harmonics that are looked at: a season of short bursts has little power in its ground tone. */
const DAY_HARMONICS = [1, 2, 3, 4];
/** Those of the week that are none of the day's. */
const WEEK_HARMONICS = [1, 2, 3, 4, 5, 6];
/** Chance alone passes one time in a hundred. */
const CHANCE = 0.01;
const SMALLEST_CORRELATION = 0.1;

/**
 * The season lengths that a history proves, of a day and a week: a peak of its periodogram above the 99th percentile of
 * the highest peak in shuffled copies, and a hill of its autocorrelation around the lag of the season. The week is looked for
 * in what the usual day leaves.
 *
 * The percentile is Fisher's: the ordinates of a shuffled periodogram are exponential about the variance, so
 * that of the highest of `n / 2` need not be drawn.
 *
 * @returns in steps, ascending; none below two whole seasons.
 * @see Fisher, Tests of significance in harmonic analysis, 1929.
 */
export function seasonsOf({ values }: Series): readonly number[] {
  const day = wholeSeasons(values, STEPS_A_DAY);
  const week = wholeSeasons(values, WEEK);
  const seasons: number[] = [];
  if (day !== undefined && isProven(withoutTrend(day), STEPS_A_DAY, DAY_HARMONICS)) {
    seasons.push(STEPS_A_DAY);
  }
  if (week !== undefined && isProven(withoutUsualDay(week), WEEK, WEEK_HARMONICS)) {
    seasons.push(WEEK);
  }
  return seasons;
}

/** The latest whole seasons, two or more. */
function wholeSeasons(values: Float64Array, season: number): Float64Array | undefined {
  const count = Math.floor(values.length / season);
  return count < 2 ? undefined : values.subarray(values.length - count * season);
}

function isProven(values: Float64Array, season: number, harmonics: readonly number[]): boolean {
  const { length } = values;
  const power = values.reduce((sum, value) => sum + (value * value) / length, 0);
  // Not above: none of these is a number, either.
  if (!(power > 0)) return false;
  const threshold = -Math.log(1 - (1 - CHANCE) ** (2 / length)) * power;
  const hasPeak = harmonics.some(
    (harmonic) => powerAt(values, (harmonic * length) / season) > threshold,
  );
  return hasPeak && hasHill(values, season, power);
}

/**
 * Of the periodogram at so many cycles over the whole; its mean over all is the variance.
 *
 * @see Goertzel, An Algorithm for the Evaluation of Finite Trigonometric Series, 1958.
 */
function powerAt(values: Float64Array, cycles: number): number {
  const { length } = values;
  const twice = 2 * Math.cos((2 * Math.PI * cycles) / length);
  let [last, before] = [0, 0];
  for (let index = 0; index < length; index += 1) {
    const next = valueAt(values, index) + twice * last - before;
    before = last;
    last = next;
  }
  return (last * last + before * before - twice * last * before) / length;
}

/** The autocorrelation rises to a peak inside the surroundings of the lag, and falls behind it. */
function hasHill(values: Float64Array, season: number, power: number): boolean {
  const around = Array.from({ length: 2 * STEPS_AROUND + 1 }, (_, index) =>
    correlation(values, season - STEPS_AROUND + index, power),
  );
  const peak = around.indexOf(Math.max(...around));
  if (peak === 0 || peak === around.length - 1) return false;
  const [first = 0, top = 0, last = 0] = [around[0], around[peak], around.at(-1)];
  return top > SMALLEST_CORRELATION && top > first && top > last;
}

function correlation(values: Float64Array, lag: number, power: number): number {
  const pairs = values.length - lag;
  let sum = 0;
  for (let index = 0; index < pairs; index += 1) {
    sum += valueAt(values, index) * valueAt(values, index + lag);
  }
  return sum / pairs / power;
}

/** Less the straight line of least squares: a slow drift is no season. */
function withoutTrend(values: Float64Array): Float64Array {
  const { length } = values;
  const middle = (length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value / length, 0);
  let [along, across] = [0, 0];
  values.forEach((value, index) => {
    along += (index - middle) * (value - mean);
    across += (index - middle) ** 2;
  });
  return values.map((value, index) => value - mean - (along / across) * (index - middle));
}

function withoutUsualDay(values: Float64Array): Float64Array {
  const level = withoutTrend(values);
  const days = level.length / STEPS_A_DAY;
  const usual = new Float64Array(STEPS_A_DAY);
  level.forEach((value, index) => {
    usual[index % STEPS_A_DAY] = valueAt(usual, index % STEPS_A_DAY) + value / days;
  });
  return level.map((value, index) => value - valueAt(usual, index % STEPS_A_DAY));
}
