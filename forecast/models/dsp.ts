import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { CostlyRule } from './calibrated-by-day.ts';
import { fourier, inverseFourier, type Spectrum } from './fft.ts';
import { seasonsOf } from './seasonality.ts';

const FEWEST_WAVES = 3;
const MOST_WAVES = 100;
/** Faster waves than one an hour are left out where all slower ones are kept. */
const STEPS_OF_FASTEST = 4;
/** What was too little hurts more than what was too much. */
const UNDER_FORECAST_COSTS = 3;
const STEPS_FITTED = 28 * STEPS_A_DAY;

/**
 * Signal processing: the longest season that the history proves is filtered and repeated. As many waves are kept as
 * foretold its last season best, the strongest 3 to 100 or all below one an hour, and
 * under-forecasts count threefold.
 *
 * @see gocrane/crane, pkg/prediction/dsp: the idea.
 */
export const dsp: CostlyRule = {
  name: 'dsp',
  minimumSteps: 2 * STEPS_A_DAY,
  ahead(history: Series) {
    const season = seasonsOf(history).at(-1);
    if (season === undefined) return undefined;
    const values = history.values.subarray(-STEPS_FITTED);
    const seasons = Math.floor(values.length / season);
    const whole = values.subarray(values.length - seasons * season);
    const keep = bestFilter(whole, season);
    const next = lastSeason(filtersOf(whole), season, keep);
    return (step) => valueAt(next, step % season);
  },
};

/** `undefined` = all slow waves. */
type Filter = number | undefined;

/** Judged by how the seasons but the last foretell the last; there are two at least. */
function bestFilter(values: Float64Array, season: number): Filter {
  const truth = values.subarray(values.length - season);
  const before = filtersOf(values.subarray(0, values.length - season));
  let best: { keep: Filter; loss: number } = {
    keep: undefined,
    loss: lossOf(lastSeason(before, season, undefined), truth),
  };
  const sum = new Float64Array(season).fill(before.mean);
  before.strongest.slice(0, MOST_WAVES).forEach((wave, index) => {
    addWave(sum, before, wave);
    const keep = index + 1;
    const loss = lossOf(sum, truth);
    if (keep >= FEWEST_WAVES && loss < best.loss) best = { keep, loss };
  });
  return best.keep;
}

function lossOf(forecast: Float64Array, truth: Float64Array): number {
  return truth.reduce((sum, value, step) => {
    const error = value - valueAt(forecast, step);
    return sum + (error > 0 ? UNDER_FORECAST_COSTS * error : -error);
  }, 0);
}

type Waves = {
  readonly spectrum: Spectrum;
  readonly length: number;
  readonly mean: number;
  /** Cycles over the whole length, the strongest first. */
  readonly strongest: readonly number[];
};

function filtersOf(values: Float64Array): Waves {
  const { length } = values;
  const spectrum = fourier({ real: values, imaginary: new Float64Array(length) });
  const power = (wave: number): number =>
    valueAt(spectrum.real, wave) ** 2 + valueAt(spectrum.imaginary, wave) ** 2;
  const waves = Array.from({ length: Math.floor((length - 1) / 2) }, (_, index) => index + 1);
  return {
    spectrum,
    length,
    mean: valueAt(spectrum.real, 0) / length,
    strongest: waves.toSorted((a, b) => power(b) - power(a)),
  };
}

function lastSeason(waves: Waves, season: number, keep: Filter): Float64Array {
  if (keep === undefined) return slowWaves(waves).subarray(waves.length - season);
  const sum = new Float64Array(season).fill(waves.mean);
  for (const wave of waves.strongest.slice(0, keep)) addWave(sum, waves, wave);
  return sum;
}

/** Adds what one wave is over the last season. */
function addWave(sum: Float64Array, { spectrum, length }: Waves, wave: number): void {
  const [real, imaginary] = [valueAt(spectrum.real, wave), valueAt(spectrum.imaginary, wave)];
  for (let step = 0; step < sum.length; step += 1) {
    const index = length - sum.length + step;
    const angle = (2 * Math.PI * ((wave * index) % length)) / length;
    const part = real * Math.cos(angle) - imaginary * Math.sin(angle);
    sum[step] = valueAt(sum, step) + (2 * part) / length;
  }
}

function slowWaves({ spectrum, length }: Waves): Float64Array {
  const fastest = length / STEPS_OF_FASTEST;
  const isSlow = (index: number): boolean => Math.min(index, length - index) <= fastest;
  const slow = (parts: Float64Array): Float64Array =>
    parts.map((part, index) => (isSlow(index) ? part : 0));
  return inverseFourier({ real: slow(spectrum.real), imaginary: slow(spectrum.imaginary) }).real;
}
