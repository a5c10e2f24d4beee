import { CHOSEN } from '../forecast/backtest/backtest-series.ts';
import { missedGates, parseGate } from '../forecast/backtest/gates.ts';
import type { BacktestReport } from '../forecast/backtest/report.ts';

/** One data set, or all of them, by name. */
export type Named = readonly [string, BacktestReport];

const MS_A_SECOND = 1000;
/** What the chosen forecast must beat on every data set, as far as it was asked. */
const CLASSICS = ['seasonal-naive-day', 'same-time-median', 'mstl-ets', 'ets', 'ridge'];
const GATE_OF_A_FILE = 'relSQL=0.90';

const decimals = (value: number | undefined): string => value?.toFixed(3) ?? '-';
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** relMASE / relSQL of every model on every data set. */
export function tableOfFiles(reports: readonly Named[]): string {
  const names = [...(reports[0]?.[1].models.keys() ?? [])].slice(1);
  const rows = reports.map(([file, { models, chosen, windows }]) => {
    const all = [...names.map((name) => models.get(name)), chosen];
    const ratios = all.map((one) => `${decimals(one?.relMASE)} / ${decimals(one?.relSQL)}`);
    return [`${file}: ${windows}, ${chosen.series}`, ...ratios];
  });
  return table(['file: days, series', ...names, CHOSEN], rows);
}

/** The chosen forecast on every data set: what the gates of a file look at, and how well its bands hold. */
export function tableOfChosen(reports: readonly Named[]): string {
  const rows = reports.map(([file, { chosen }]) => [
    `${file}: ${chosen.series}`,
    ...[chosen.relSQL, chosen.relMASE, chosen.cov80, chosen.p90, chosen.p99].map(decimals),
    ...[chosen.within110, chosen.worst].map(decimals),
  ]);
  return table('file: series,relSQL,relMASE,cov80,p90,p99,within110,worst'.split(','), rows);
}

export function tableOfModels({ models, chosen }: BacktestReport): string {
  const head = 'model,relSQL,relMASE,WQL,cov80,p90,p99,CPU ms a fit,failed'.split(',');
  const rows = [...models, [CHOSEN, chosen] as const].map(([name, one]) => [
    name,
    ...[one.relSQL, one.relMASE, one.WQL, one.cov80, one.p90, one.p99].map(decimals),
    (one.cpuSeconds * MS_A_SECOND).toFixed(2),
    String(one.failed),
  ]);
  return table(head, rows);
}

export const missedIn = (report: BacktestReport, gates: readonly string[]): string[] =>
  missedGates(gates.map(parseGate), report.chosen);

/** Gates of single data sets that are missed, as sentences. */
export function missedInFiles(reports: readonly Named[]): string[] {
  return reports.flatMap(([file, report]) => {
    const { chosen, models } = report;
    const own = chosen.relSQL ?? Number.POSITIVE_INFINITY;
    const better = CLASSICS.filter((name) => (models.get(name)?.relSQL ?? Infinity) < own);
    return [
      ...missedIn(report, [GATE_OF_A_FILE]),
      ...better.map((name) => `gate better than ${name} is missed`),
    ].map((missed) => `${file}: ${missed}`);
  });
}
