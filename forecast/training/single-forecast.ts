import { LEVELS } from '../../domain/forecast.ts';
import type { Series } from '../../domain/series.ts';
import { epochMs } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import type { SeriesMemory } from './choice-memory.ts';
import type { ForecastPlan, SeriesForecast } from './job.ts';

/** What every choice that is made now remembers. */
export function chosenNow(
  { start }: Series,
  { now }: ForecastPlan,
  memory: SeriesMemory | undefined,
) {
  const since = epochMs(Math.min(memory?.since ?? start, start));
  return { at: now, since, losses: memory?.losses ?? [] };
}

/** One model's forecast of the steps after a history. */
export function forecastBy(
  model: Model,
  history: Series,
  { horizon }: ForecastPlan,
  how: SeriesForecast['how'],
): SeriesForecast {
  const forecast = model.fit(history).predict(horizon, LEVELS);
  return { kind: 'forecast', how, model: model.name, forecast, scores: [] };
}
