import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { refusal } from '../domain/errors.ts';
import { backtestColumns } from '../forecast/backtest/backtest-columns.ts';
import {
  backtestSeries,
  type BacktestPlan,
  type Choose,
  type Vintage,
} from '../forecast/backtest/backtest-series.ts';
import { FORECAST_HEADER, forecastRows } from '../forecast/backtest/forecast-csv.ts';
import { missedGates, parseGate } from '../forecast/backtest/gates.ts';
import { overviewSvg } from '../forecast/backtest/report-charts.ts';
import { reportHtml, type Drawn } from '../forecast/backtest/report-html.ts';
import { reportJson } from '../forecast/backtest/report-json.ts';
import { backtestReport, RULES } from '../forecast/backtest/report.ts';
import { readWideCsv, type Column } from '../forecast/backtest/wide-csv.ts';
import { BASELINES, MODELS } from '../forecast/models/catalogue.ts';
import type { Model } from '../forecast/models/model.ts';
import { chooseAndForecast } from '../forecast/training/choose.ts';
import { catalogueOf } from './backtest-models.ts';
import { backtestTable } from './backtest-table.ts';
import { progressOf, type Terminal } from './progress.ts';

export type BacktestFlags = {
  /** A wide CSV, unless columns are handed over. */
  readonly input?: string;
  readonly output: string;
  readonly forecasts?: string;
  /** An HTML page, and its overview as SVG. */
  readonly report?: string;
  readonly svg?: string;
  readonly cutoffs: number;
  /** Names; none = all. */
  readonly models: readonly string[];
  /** A JSON file of weights for the network, instead of those that are shipped. */
  readonly weights?: string;
  readonly coldDays?: number;
  readonly seed: number;
  readonly gate: readonly string[];
};

/** What is printed, and the gates that were missed. */
export type BacktestAnswer = { readonly text: string; readonly missed: readonly string[] };

const MICROSECONDS = 1e6;
const MOST_CUTOFFS = 5;
const FORMATS = ['json', 'table', 'text'];
/** The forward pass is plain TypeScript: nothing is trained here. */
const ENGINE = 'plain';

/**
 * Scores every model, and the choice among them, on the last days of each series.
 *
 * @param terminal is told how far it is.
 * @param given    the series; absent = those of the file.
 * @throws {SelfScalingError} `REQUEST_INVALID` when a flag or the file cannot be understood; nothing is written then.
 */
export async function runBacktest(
  flags: BacktestFlags,
  terminal: Terminal,
  given?: readonly Column[],
): Promise<BacktestAnswer> {
  checkFlags(flags);
  const gates = flags.gate.map(parseGate);
  const { models, shown, weights } = await catalogueOf(flags.models, flags.weights);
  const { title, columns } = seriesOf(flags.input, given);
  using file = flags.forecasts === undefined ? undefined : openForecasts(flags.forecasts);
  const tell = progressOf('backtest', columns.length, terminal);
  let done = 0;
  const plan = planOf(shown, flags, models);
  const { outcomes, skipped } = backtestColumns(columns, plan, (name, vintages) => {
    file?.write(vintages);
    tell((done += 1), name);
  });
  const report = backtestReport(outcomes, shown);
  if (flags.svg !== undefined) write(flags.svg, overviewSvg(report));
  if (flags.report !== undefined) {
    write(flags.report, reportHtml(title, report, drawnOf(columns, plan)));
  }
  const { cutoffs: origins, seed, coldDays } = flags;
  const about = { origins, seed, skipped, ...(coldDays === undefined ? {} : { coldDays }) };
  return {
    text:
      flags.output === 'json'
        ? JSON.stringify({ ...reportJson(report, about), engine: ENGINE, weights }, null, 2)
        : backtestTable(report, about),
    missed: missedGates(gates, report.chosen),
  };
}

function checkFlags({ output, cutoffs }: BacktestFlags): void {
  if (!FORMATS.includes(output)) {
    throw refusal('REQUEST_INVALID', `there is no format ${output}; write ${FORMATS.join(', ')}`);
  }
  if (cutoffs < 1 || cutoffs > MOST_CUTOFFS) {
    throw refusal('REQUEST_INVALID', `--cutoffs is ${cutoffs}; it must be 1 to ${MOST_CUTOFFS}`);
  }
}

function seriesOf(input: string | undefined, given: readonly Column[] | undefined) {
  if (input !== undefined && given === undefined) {
    return { title: basename(input), columns: columnsOf(input) };
  }
  if (input === undefined && given !== undefined) {
    return { title: given[0]?.name ?? '', columns: given };
  }
  throw refusal('REQUEST_INVALID', 'name the series: either --input FILE or --component NS/NAME');
}

/** @param shown the models that are told of; the rules that the choice is measured by are asked as well. */
export function planOf(
  shown: readonly string[],
  { cutoffs, coldDays }: Pick<BacktestFlags, 'cutoffs' | 'coldDays'>,
  all: readonly Model[] = MODELS,
): BacktestPlan {
  const candidates = [...shown, ...BASELINES.map(({ name }) => name)];
  return {
    origins: cutoffs,
    models: all.filter(({ name }) => candidates.includes(name) || RULES.includes(name)),
    candidates,
    choose: asTrainingDoes,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / MICROSECONDS;
    },
    ...(coldDays === undefined ? {} : { coldDays }),
  };
}

const asTrainingDoes: Choose = (history, models, horizon) => {
  const { parts, forecast } = chooseAndForecast(history, models, BASELINES, horizon);
  return {
    forecast,
    weights: Object.fromEntries(parts.map(({ model, weight }) => [model.name, weight])),
  };
};

/** @throws {SelfScalingError} `REQUEST_INVALID` when the file is not there, or with every place that cannot be read. */
export function columnsOf(file: string): readonly Column[] {
  const reading = readWideCsv();
  for (const line of linesOf(textOf(file))) {
    if (!reading.line(line)) break;
  }
  return reading.end(file);
}

// One by one: all lines of a large file at once are many times its size.
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const next = text.indexOf('\n', from);
    const end = next === -1 ? text.length : next;
    yield text.slice(from, end);
    from = end + 1;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${file}: cannot be read; name an existing file with --input`;
    throw refusal('REQUEST_INVALID', message, { cause });
  }
}

/** Forecasts are not kept while series are scored: those few that are drawn are made again. */
const drawnOf =
  (columns: readonly Column[], plan: BacktestPlan) =>
  (series: string): Drawn | undefined => {
    const column = columns.find(({ name }) => name === series);
    if (column === undefined) return undefined;
    const done = backtestSeries(column, plan);
    return done.ok ? { column, vintages: done.vintages } : undefined;
  };

const cannotBeWritten = (file: string, cause: unknown) =>
  refusal('REQUEST_INVALID', `${file}: cannot be written; name another file`, { cause });

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw cannotBeWritten(file, cause);
  }
}

function openForecasts(file: string) {
  const orRefuse = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw cannotBeWritten(file, cause);
    }
  };
  const descriptor = orRefuse(() => openSync(file, 'w'));
  orRefuse(() => writeSync(descriptor, FORECAST_HEADER));
  return {
    write: (vintages: readonly Vintage[]): void =>
      orRefuse(() => {
        if (vintages.length > 0) writeSync(descriptor, vintages.map(forecastRows).join(''));
      }),
    [Symbol.dispose]: (): void => closeSync(descriptor),
  };
}
