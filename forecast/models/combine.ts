import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';
import { valueAt } from '../../domain/quantile.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from './model.ts';

/** A member and how much of the combination it is. */
export type Part = { readonly model: Model; readonly weight: number };

type WeightedForecast = { readonly forecast: Forecast; readonly weight: number };

/** Below this share a member is dropped: what it would add is not worth fitting it. */
const SMALLEST_WEIGHT = 0.01;
const MEDIAN = 0.5;
/** A model's name is a label value of the metric. */
const LONGEST_NAME = 63;
/**
 * Averaged quantiles are too narrow where members agree by chance, which shows half a day ahead and later: with this
 * width the 80 % band of series that the network was not trained on holds .80 instead of .785.
 */
const [LATE, LATE_WIDTH] = [STEPS_A_DAY / 2, 1.1];

/**
 * Weights that sum to 1, proportional to `prior loss^-power`; below 1 % they are 0.
 *
 * @param losses at least one, of which one is finite; members without a loss share everything.
 * @param priors above 0; absent = equal.
 */
export function softWeights(
  losses: readonly number[],
  power: number,
  priors: readonly number[] = losses.map(() => 1),
): number[] {
  const least = Math.min(...losses);
  const shares = losses.map(
    (loss, index) => (priors[index] ?? 1) * (loss === least ? 1 : (least / loss) ** power),
  );
  const kept = normalised(shares).map((share) => (share < SMALLEST_WEIGHT ? 0 : share));
  return normalised(kept);
}

function normalised(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * The average of the quantiles, level by level (Vincentisation); quantiles that do not cross before do not cross after.
 *
 * @param parts at least one, of the same steps and levels; weights count in relation to their sum.
 */
export function combined(parts: readonly [WeightedForecast, ...WeightedForecast[]]): Forecast {
  const weights = normalised(parts.map(({ weight }) => weight));
  const [{ forecast }] = parts;
  return {
    ...forecast,
    values: forecast.values.map((row, level) =>
      row.map((_, step) =>
        parts.reduce(
          (sum, part, index) =>
            sum + (weights[index] ?? 0) * (part.forecast.values[level]?.[step] ?? Number.NaN),
          0,
        ),
      ),
    ),
  };
}

/**
 * What the parts, all with a median, say together after a history: the average of their quantiles, wider from half a day ahead on.
 * Only after a history without a negative value it is kept from falling below zero.
 */
export function combinedAfter(
  history: Series,
  parts: readonly [WeightedForecast, ...WeightedForecast[]],
): Forecast {
  const { values, levels, ...about } = combined(parts);
  const middle = values[levels.indexOf(MEDIAN)];
  if (middle === undefined) throw new RangeError('what is combined has no median');
  const floor = hasNegative(history.values) ? Number.NEGATIVE_INFINITY : 0;
  const widened = (value: number, step: number): number => {
    if (step < LATE) return value;
    const median = valueAt(middle, step);
    return Math.max(Math.min(floor, value), median + LATE_WIDTH * (value - median));
  };
  return { ...about, levels, values: values.map((row) => row.map(widened)) };
}

function hasNegative(values: Float64Array): boolean {
  for (const value of values) if (value < 0) return true;
  return false;
}

/**
 * Several models as one, that is fitted and asked like any other. One part alone is that model.
 *
 * @param parts at least one, each with a weight above 0.
 */
export function combination([first, ...others]: readonly [Part, ...Part[]]): Model {
  if (others.length === 0) return first.model;
  const models = [first, ...others].map(({ model }) => model);
  return {
    name: nameOf(models),
    minimumSteps: Math.max(...models.map(({ minimumSteps }) => minimumSteps)),
    fit: (history: Series) => {
      const fitted = ({ model, weight }: Part) => ({ fit: model.fit(history), weight });
      const [one, ...more] = [fitted(first), ...others.map(fitted)];
      return {
        predict: (horizon: number, levels: QuantileLevels) => {
          const asked = withMedian(levels);
          const predicted = ({ fit, weight }: typeof one): WeightedForecast => ({
            forecast: fit.predict(horizon, asked),
            weight,
          });
          const { values, ...about } = combinedAfter(history, [
            predicted(one),
            ...more.map(predicted),
          ]);
          return { ...about, levels, values: values.filter((_, row) => isIn(levels, asked[row])) };
        },
      };
    },
  };
}

function withMedian(levels: QuantileLevels): QuantileLevels {
  if (levels.includes(MEDIAN)) return levels;
  const [first = MEDIAN, ...others] = [...levels, MEDIAN].toSorted((a, b) => a - b);
  return [first, ...others];
}

const isIn = (levels: QuantileLevels, level: number | undefined): boolean =>
  level !== undefined && levels.includes(level);

/** `mix-snd-naive-hw`: names of several words by their initials. */
function nameOf(models: readonly Model[]): string {
  const short = models.map(({ name }) =>
    name.includes('-') ? name.replaceAll(/([^-])[^-]*-?/g, '$1') : name,
  );
  const name = ['mix', ...short].join('-');
  return name.length > LONGEST_NAME ? `mix-of-${models.length}` : name;
}
