import type { Forecast } from '../../domain/forecast.ts';
import type { Model } from '../models/model.ts';

/** A model that is fitted once for each history of one series, however often it is asked. */
export type FrugalModel = Model & {
  /** What it has cost so far. */
  spent(): { readonly cpuSeconds: number; readonly fits: number };
};

/**
 * Wraps a model for one series. The days that are held back and the days before them that a choice is made by
 * overlap, so that most histories are asked for several times; a failure is remembered too.
 *
 * @param cpuSeconds of this process so far.
 */
export function oncePerOrigin(model: Model, cpuSeconds: () => number): FrugalModel {
  const known = new Map<string, () => Forecast>();
  let spent = 0;
  const timed = (make: () => Forecast): (() => Forecast) => {
    const before = cpuSeconds();
    try {
      const forecast = make();
      return () => forecast;
    } catch (error) {
      return () => {
        throw error;
      };
    } finally {
      spent += cpuSeconds() - before;
    }
  };
  return {
    ...model,
    fit: (history) => ({
      predict: (horizon, levels) => {
        const asked = `${history.start} ${history.values.length} ${horizon}`;
        const answer =
          known.get(asked) ?? timed(() => finite(model.fit(history).predict(horizon, levels)));
        known.set(asked, answer);
        return answer();
      },
    }),
    spent: () => ({ cpuSeconds: spent, fits: known.size }),
  };
}

/** A number that is none would go unnoticed through every comparison. */
function finite(forecast: Forecast): Forecast {
  if (forecast.values.every((row) => row.every(Number.isFinite))) return forecast;
  throw new RangeError('the forecast is not finite');
}
