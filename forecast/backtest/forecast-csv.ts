import { LEVELS } from '../../domain/forecast.ts';
import { seconds } from '../../domain/units.ts';
import type { Vintage } from './backtest-series.ts';

const SIGNIFICANT_DIGITS = 7;

export const FORECAST_HEADER = `series,origin,step,${LEVELS.map((level) => `q${level}`).join(',')}\n`;

/** A line for each step ahead; the origin in epoch seconds is the start of step 0. */
export function forecastRows({ series, at, forecast }: Vintage): string {
  const head = `${cell(series)},${at / seconds(1)}`;
  const steps = forecast.values[0]?.length ?? 0;
  const lines = Array.from({ length: steps }, (_, step) => {
    const values = forecast.values.map((row) =>
      Number((row[step] ?? 0).toPrecision(SIGNIFICANT_DIGITS)),
    );
    return `${head},${step},${values.join(',')}\n`;
  });
  return lines.join('');
}

const cell = (name: string): string =>
  /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
