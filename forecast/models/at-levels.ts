import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';

/**
 * The forecast at other levels, linear between its own; beyond its outermost levels their values stand.
 * Levels that never cross do not cross afterwards.
 */
export function atLevels(forecast: Forecast, levels: QuantileLevels): Forecast {
  if (levels.join() === forecast.levels.join()) return forecast;
  const values = levels.map((level) => {
    const next = forecast.levels.findIndex((own) => own >= level);
    const above = forecast.values[next === -1 ? forecast.levels.length - 1 : next];
    const below = forecast.values[next === -1 ? forecast.levels.length - 1 : Math.max(0, next - 1)];
    const [high, low] = [forecast.levels[next] ?? level, forecast.levels[next - 1] ?? level];
    const share = high === low ? 1 : (level - low) / (high - low);
    return Float64Array.from(above ?? [], (value, step) => {
      const lower = below?.[step] ?? value;
      return lower + share * (value - lower);
    });
  });
  return { ...forecast, levels, values };
}
