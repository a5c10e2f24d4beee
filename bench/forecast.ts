/**
 * How well every model forecasts the development traces, and all of them together: the protocol of docs/BACKTEST.md,
 * tables in Markdown on stdout. Run with `npm run bench:forecast -- [folder of wide CSV files] [flags]`; `--leave-out
 * FOLDER` holds weights `FILE.json` that were trained without each file. Ends with 5 when a gate is missed.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../domain/clock.ts';
import { toRfc3339 } from '../domain/units.ts';
import { backtestColumns } from '../forecast/backtest/backtest-columns.ts';
import type { Choose, SeriesOutcome } from '../forecast/backtest/backtest-series.ts';
import { backtestReport } from '../forecast/backtest/report.ts';
import { BASELINES } from '../forecast/models/catalogue.ts';
import type { Model } from '../forecast/models/model.ts';
import { chooseAndForecast } from '../forecast/training/choose.ts';
import { catalogueOf } from '../main/backtest-models.ts';
import { columnsOf, planOf } from '../main/backtest.ts';
import { progressOf } from '../main/progress.ts';
import {
  missedIn,
  missedInFiles,
  tableOfChosen,
  tableOfFiles,
  tableOfModels,
  type Named,
} from './forecast-tables.ts';

const TRACES = resolve(import.meta.dirname, '../../shared/traces/15min');
const BANDS = ['cov80=0.78..0.82', 'p90=0.88..0.92', 'within110=0.98'];
const GATES = {
  shipped: ['relSQL=0.64', 'relMASE=0.78', ...BANDS],
  leftOut: ['relSQL=0.66', 'relMASE=0.80', ...BANDS],
  cold: ['relSQL=0.75'],
};
const GATED_DAYS = 2;
const GATE_MISSED = 5;
const COMPARED = ['mstl-ets', 'ets'];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'leave-out': { type: 'string' },
    /** Each so manieth series only: a quick look. */
    every: { type: 'string', default: '1' },
    /** Beside the members, the costly models that are only compared with. */
    compare: { type: 'boolean', default: false },
    /** The mixture without each of its members, not only without the network. */
    members: { type: 'boolean', default: false },
    /** Days of history. */
    cold: { type: 'string', default: String(GATED_DAYS) },
  },
});
const folder = resolve(positionals[0] ?? TRACES);
const files = globSync(join(folder, '*.csv')).toSorted();
if (files.length === 0) {
  throw new Error(`${folder} has no CSV files; name a folder of wide CSV files`);
}
const every = Number(flags.every);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);

const without =
  (left: string): Choose =>
  (history, models, horizon) => {
    const others = models.filter(({ name }) => name !== left);
    const [first = BASELINES[0], ...more] = BASELINES.filter(({ name }) => name !== left);
    const { forecast } = chooseAndForecast(history, others, [first, ...more], horizon);
    return { forecast, weights: {} };
  };

const nameWithout = (member: string): string => `without ${member}`;
const rivalsOf = (members: readonly Model[]): Map<string, Choose> =>
  new Map(
    members
      .filter(({ isPretrained = false }) => flags.members || isPretrained)
      .map(({ name }) => [nameWithout(name), without(name)]),
  );

function weightsFor(file: string): string | undefined {
  const left = flags['leave-out'];
  return left === undefined ? undefined : join(left, `${basename(file, '.csv')}.json`);
}

async function catalogueFor(file: string) {
  const weights = weightsFor(file);
  const members = await catalogueOf([], weights);
  const all = flags.compare ? await catalogueOf([...members.shown, ...COMPARED], weights) : members;
  return { members, all };
}

/** Those of one file; all as `days` of history make them. */
async function outcomesOf(file: string, days?: number) {
  const { members, all } = await catalogueFor(file);
  const rivals = rivalsOf(members.models);
  const columns = columnsOf(file).filter((_, index) => index % every === 0);
  const tell = progressOf(basename(file, '.csv'), columns.length, process.stderr);
  const cold = days === undefined ? {} : { coldDays: days };
  const plan = planOf(members.shown, { cutoffs: 4, ...cold }, all.models);
  const asked = days === undefined ? { ...plan, models: all.models, rivals } : plan;
  let done = 0;
  const { outcomes } = backtestColumns(columns, asked, (name) => tell((done += 1), name));
  const shown = days === undefined ? [...all.shown, ...rivals.keys()] : members.shown;
  return { outcomes, shown };
}

async function reportsFor(days?: number): Promise<{ all: Named; byFile: Named[] }> {
  const outcomes: SeriesOutcome[] = [];
  const byFile: Named[] = [];
  let names: readonly string[] = [];
  for (const file of files) {
    const { outcomes: own, shown } = await outcomesOf(file, days);
    outcomes.push(...own);
    names = shown;
    byFile.push([basename(file, '.csv'), backtestReport(own, shown)]);
  }
  return { all: ['all', backtestReport(outcomes, names)], byFile };
}

const cpu = process.cpuUsage();
const { all, byFile } = await reportsFor();
print(
  `${toRfc3339(systemClock.now()).slice(0, 10)}, ${availableParallelism()} cores, Node ${process.versions.node}, every ${every}. series, weights ${flags['leave-out'] === undefined ? 'as shipped' : 'that have not seen the file'}`,
);
print(tableOfFiles([...byFile, all]));
print(tableOfChosen([...byFile, all]));
print(tableOfModels(all[1]));
const missed = [
  ...missedIn(all[1], flags['leave-out'] === undefined ? GATES.shipped : GATES.leftOut),
  ...missedInFiles(byFile),
];
for (const days of flags.cold.split(',').filter(Boolean).map(Number)) {
  const { all: cold } = await reportsFor(days);
  print(`With the last ${days} days of history only:`);
  print(tableOfModels(cold[1]));
  if (days === GATED_DAYS) {
    missed.push(...missedIn(cold[1], GATES.cold).map((text) => `${days} days: ${text}`));
  }
}
print(missed.join('\n') || 'every gate is kept');
const { user, system } = process.cpuUsage(cpu);
print(`${((user + system) / 1e6).toFixed(0)} CPU-seconds`);
if (missed.length > 0) process.exitCode = GATE_MISSED;
