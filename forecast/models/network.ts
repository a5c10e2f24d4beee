import { historyTooShort } from '../../domain/errors.ts';
import { LEVELS, type Forecast, type QuantileLevels } from '../../domain/forecast.ts';
import { valueAt } from '../../domain/quantile.ts';
import { timeAt, type Series } from '../../domain/series.ts';
import { atLevels } from './at-levels.ts';
import type { FittedModel, Model } from './model.ts';
import { contextAt } from './network-context.ts';
import { toQuantiles } from './network-output.ts';
import { stepReader } from './network-features.ts';
import { openLayers } from './network-layers.ts';
import { OUTPUTS, type NetworkWeights } from './network-weights.ts';

/** Two hours. */
const FEWEST_STEPS = 8;

/**
 * One small network for all series and all steps ahead. It sees a step through lags and statistics of the series
 * itself, in units of the series' change from day to day; a gate mixes simple rules into the median, and the gaps
 * between neighbouring levels are positive, so quantiles never cross. Its weights come trained: fitting
 * reads the history once, and nothing is learnt.
 *
 * Scaling the history scales the forecast, shifting it shifts it; only a history without a negative value is
 * never forecast below zero.
 */
export function network(weights: NetworkWeights): Model {
  const forward = forwardOf(weights);
  return {
    name: 'network',
    minimumSteps: FEWEST_STEPS,
    isPretrained: true,
    fit(history: Series): FittedModel {
      const origin = history.values.length;
      if (origin < FEWEST_STEPS) throw historyTooShort(origin, FEWEST_STEPS);
      return {
        predict(horizon: number, levels: QuantileLevels): Forecast {
          const values = forward(history, horizon);
          const own = {
            start: timeAt(history, origin),
            step: history.step,
            levels: LEVELS,
            values,
          };
          return levels === LEVELS ? own : atLevels(own, levels);
        },
      };
    },
  };
}

type Forward = (history: Series, horizon: number) => readonly Float64Array[];

function forwardOf(weights: NetworkWeights): Forward {
  const { hidden } = weights;
  const layers = openLayers(weights);
  const [first, second] = [new Float64Array(hidden), new Float64Array(hidden)];
  const out = new Float64Array(OUTPUTS);
  const quantiles = new Float64Array(LEVELS.length);

  return (history, horizon) => {
    const context = contextAt({
      values: history.values,
      observed: history.observed,
      from: 0,
      origin: history.values.length,
      clock: Math.floor(history.start / history.step),
    });
    const { scale, location } = context;
    const floor = hasNegative(history.values) ? Number.NEGATIVE_INFINITY : 0;
    const reader = stepReader(context);
    const result = LEVELS.map(() => new Float64Array(horizon));
    const open = layers.firstAt(context.inputs, reader.inputs);
    for (let step = 0; step < horizon; step += 1) {
      reader.read(step);
      open(first, step);
      rectify(first);
      layers.second(second, first);
      rectify(second);
      layers.third(out, second);
      toQuantiles(out, reader.offers, quantiles);
      for (let level = 0; level < result.length; level += 1) {
        const row = result[level];
        if (row === undefined) continue;
        row[step] = Math.max(floor, valueAt(quantiles, level) * scale + location);
      }
    }
    return result;
  };
}

function hasNegative(values: Float64Array): boolean {
  for (let index = 0; index < values.length; index += 1) {
    if (valueAt(values, index) < 0) return true;
  }
  return false;
}

function rectify(values: Float64Array): void {
  for (let index = 0; index < values.length; index += 1) {
    if ((values[index] ?? 0) < 0) values[index] = 0;
  }
}
