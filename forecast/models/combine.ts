import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';
import type { Model } from './model.ts';

/** A member and how much of the combination it is. */
export type Part = { readonly model: Model; readonly weight: number };

type WeightedForecast = { readonly forecast: Forecast; readonly weight: number };

/** Below this share a member is dropped: what it would add is not worth fitting it. */
const SMALLEST_WEIGHT = 0.01;
/** A model's name is a label value of the metric. */
const LONGEST_NAME = 63;

/**
 * Weights that sum to 1, proportional to `loss^-power`; below 1 % they are 0.
 *
 * @param losses at least one, of which one is finite; members without a loss share everything.
 */
export function softWeights(losses: readonly number[], power: number): number[] {
  const least = Math.min(...losses);
  const shares = losses.map((loss) => (loss === least ? 1 : (least / loss) ** power));
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
          const predicted = ({ fit, weight }: typeof one): WeightedForecast => ({
            forecast: fit.predict(horizon, levels),
            weight,
          });
          return combined([predicted(one), ...more.map(predicted)]);
        },
      };
    },
  };
}

/** `mix-snd-naive-hw`: names of several words by their initials. */
function nameOf(models: readonly Model[]): string {
  const short = models.map(({ name }) =>
    name.includes('-') ? name.replaceAll(/([^-])[^-]*-?/g, '$1') : name,
  );
  const name = ['mix', ...short].join('-');
  return name.length > LONGEST_NAME ? `mix-of-${models.length}` : name;
}
