/**
 * How well every model forecasts the development traces, and all of them together: the protocol of docs/BACKTEST.md,
 * a table in Markdown on stdout, and the gates. Run with `node bench/forecast.ts [folder of wide CSV files]`.
 */
import { globSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { backtestColumns } from '../forecast/backtest/backtest-columns.ts';
import { CHOSEN, type SeriesOutcome } from '../forecast/backtest/backtest-series.ts';
import { missedGates, parseGate } from '../forecast/backtest/gates.ts';
import { backtestReport, type BacktestReport } from '../forecast/backtest/report.ts';
import { MODELS } from '../forecast/models/catalogue.ts';
import { columnsOf, planOf } from '../main/backtest.ts';
import { progressOf } from '../main/progress.ts';

const TRACES = resolve(import.meta.dirname, '../../shared/traces/15min');
const GATES = [
  'relSQL=0.64',
  'relMASE=0.78',
  'cov80=0.78..0.82',
  'p90=0.88..0.92',
  'within110=0.98',
];
const GATE_OF_A_FILE = 'relSQL=0.85';
const COLD_DAYS = 2;
const COLD_GATES = ['relSQL=0.70'];
const MS_A_SECOND = 1000;

const shown = MODELS.map(({ name }) => name);
const folder = resolve(process.argv[2] ?? TRACES);
const files = globSync(join(folder, '*.csv')).toSorted();
if (files.length === 0) {
  throw new Error(`${folder} has no CSV files; name a folder of wide CSV files`);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const decimals = (value: number | undefined): string => value?.toFixed(3) ?? '-';
const cells = (row: readonly string[]): string => `| ${row.join(' | ')} |`;

function outcomesOf(file: string, coldDays?: number): SeriesOutcome[] {
  const columns = columnsOf(file);
  const tell = progressOf(basename(file, '.csv'), columns.length, process.stderr);
  let done = 0;
  const plan = planOf(shown, { cutoffs: 4, ...(coldDays === undefined ? {} : { coldDays }) });
  return backtestColumns(columns, plan, (name) => tell((done += 1), name)).outcomes;
}

const fileHead = ['file: days, series', ...shown, CHOSEN];
function fileRow(file: string, { models, chosen, windows }: BacktestReport): string[] {
  const all = [...shown.map((name) => models.get(name)), chosen];
  const ratios = all.map((one) => `${decimals(one?.relMASE)} / ${decimals(one?.relSQL)}`);
  return [`${file}: ${windows}, ${chosen.series}`, ...ratios];
}

const modelHead = 'model,relSQL,relMASE,WQL,cov80,p90,p99,CPU ms a fit,failed'.split(',');
function modelRows({ models, chosen }: BacktestReport): string[][] {
  return [...models, [CHOSEN, chosen] as const].map(([name, one]) => [
    name,
    ...[one.relSQL, one.relMASE, one.WQL, one.cov80, one.p90, one.p99].map(decimals),
    (one.cpuSeconds * MS_A_SECOND).toFixed(2),
    String(one.failed),
  ]);
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  print([head, head.map(() => '---'), ...rows].map(cells).join('\n'));
  print('');
}

function printGates(report: BacktestReport, gates: readonly string[]): void {
  const { chosen } = report;
  print(
    `within 1.10 x the best rule: ${decimals(chosen.within110)}; worst: ${decimals(chosen.worst)}`,
  );
  print(missedGates(gates.map(parseGate), chosen).join('\n') || 'every gate is kept');
  print('');
}

/** Files in which the choice is bad, or a single model better. */
function printFiles(of: readonly (readonly [string, BacktestReport])[]): void {
  for (const [file, report] of of) {
    const { chosen, models } = report;
    const better = shown.filter(
      (name) => (models.get(name)?.relSQL ?? Infinity) < (chosen.relSQL ?? Infinity),
    );
    const faults = [
      ...missedGates([parseGate(GATE_OF_A_FILE)], chosen),
      ...better.map((name) => `${name} is better`),
    ];
    if (faults.length > 0) print(`${file}: ${faults.join('; ')}`);
  }
  print('');
}

const byFile = files.map((file) => [basename(file, '.csv'), outcomesOf(file)] as const);
const all = backtestReport(
  byFile.flatMap(([, outcomes]) => outcomes),
  shown,
);
const reports = byFile.map(([file, outcomes]) => [file, backtestReport(outcomes, shown)] as const);
printTable(
  fileHead,
  [...reports, ['all', all] as const].map(([file, report]) => fileRow(file, report)),
);
printTable(modelHead, modelRows(all));
printGates(all, GATES);
printFiles(reports);

print(`With the last ${COLD_DAYS} days of history only:\n`);
const cold = backtestReport(
  files.flatMap((file) => outcomesOf(file, COLD_DAYS)),
  shown,
);
printTable(modelHead, modelRows(cold));
printGates(cold, COLD_GATES);
