import {
  backtestSeries,
  type BacktestPlan,
  type SeriesOutcome,
  type Vintage,
} from './backtest-series.ts';
import type { Column } from './wide-csv.ts';

/** A series that cannot be scored, and why. */
export type Skipped = { readonly series: string; readonly reason: string };

/** Keeps errors, not forecasts: these are told series by series, and forgotten. */
export function backtestColumns(
  columns: readonly Column[],
  plan: BacktestPlan,
  onSeries: (name: string, vintages: readonly Vintage[]) => void,
) {
  const outcomes: SeriesOutcome[] = [];
  const skipped: Skipped[] = [];
  for (const column of columns) {
    const done = backtestSeries(column, plan);
    if (done.ok) outcomes.push(done.outcome);
    else skipped.push({ series: column.name, reason: done.reason });
    onSeries(column.name, done.ok ? done.vintages : []);
  }
  return { outcomes, skipped };
}
