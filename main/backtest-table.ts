import { CHOSEN } from '../forecast/backtest/backtest-series.ts';
import type { BacktestAbout } from '../forecast/backtest/report-json.ts';
import type { BacktestReport, ModelReport } from '../forecast/backtest/report.ts';
import { table } from './table.ts';

const HEAD = 'MODEL relSQL relMASE WQL COV80 P90 P99 CPU-MS SERIES FAILED'.split(' ');
const MS_A_SECOND = 1000;
const MOST_NAMED = 10;

/** The report as a terminal shows it: a row a model, and what is not in the means. */
export function backtestTable(report: BacktestReport, about: BacktestAbout): string {
  const { chosen, copies, degenerate, windows } = report;
  const rows = [...report.models, [CHOSEN, chosen] as const].map(([name, one]) => rowOf(name, one));
  const skipped = about.skipped.map(({ series, reason }) => `${series} (${reason})`);
  return [
    table([HEAD, ...rows]),
    '',
    `${windows} days of ${report.perSeries.length} series were scored; the worst ratio of a chosen forecast is ${decimals(chosen.worst)}`,
    `within 1.10 x the best rule: ${percent(chosen.within110)}${named(chosen.beyond110, '; the others: ')}`,
    `skipped: ${skipped.length}${named(skipped, ': ')}`,
    `copies: ${copies.length}${named(copies, ': ')}`,
    `degenerate: ${degenerate.series.length} series${named(degenerate.series, ': ')}; ${degenerate.origins} days`,
  ].join('\n');
}

const rowOf = (name: string, one: ModelReport): string[] => [
  name,
  ...[one.relSQL, one.relMASE, one.WQL, one.cov80, one.p90, one.p99].map(decimals),
  (one.cpuSeconds * MS_A_SECOND).toFixed(2),
  String(one.series),
  String(one.failed),
];

const decimals = (value: number | undefined): string => value?.toFixed(3) ?? '-';
const percent = (share: number | undefined): string =>
  share === undefined ? '-' : `${(100 * share).toFixed(1)} %`;

function named(names: readonly string[], head: string): string {
  if (names.length === 0) return '';
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : '';
  return `${head}${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
