import { CHOSEN, type Vintage } from './backtest-series.ts';
import { escaped } from './line-chart.ts';
import { overviewCharts, seriesChart } from './report-charts.ts';
import type { BacktestReport, ModelReport } from './report.ts';
import type { Column } from './wide-csv.ts';

/** A series to be drawn. */
export type Drawn = { readonly column: Column; readonly vintages: readonly Vintage[] };

const MOST_DRAWN = 10;
const HEAD = ['model', 'relSQL', 'relMASE', 'WQL', 'cov80', 'p90', 'p99', 'series', 'failed'];
const STYLE =
  'body{font-family:sans-serif;margin:2em;color:#111827}table{border-collapse:collapse}' +
  'td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}';

/** Names of the series with the best and with the worst ratio of the chosen forecast, the extreme first. */
export function extremesOf({ perSeries }: BacktestReport) {
  const ranked = perSeries
    .flatMap(({ series, scores, isCopy }) => {
      const score = scores.get(CHOSEN);
      return score === undefined || isCopy ? [] : [{ series, relSQL: score.relSQL }];
    })
    .toSorted((a, b) => a.relSQL - b.relSQL)
    .map(({ series }) => series);
  const half = Math.floor(ranked.length / 2);
  const worst = ranked.slice(Math.max(half, ranked.length - MOST_DRAWN)).toReversed();
  return { best: ranked.slice(0, Math.min(MOST_DRAWN, half)), worst };
}

/** The report as one page without outside references. Equal reports make equal pages. */
export function reportHtml(
  title: string,
  report: BacktestReport,
  drawn: (series: string) => Drawn | undefined,
): string {
  const { best, worst } = extremesOf(report);
  const rows = [...report.models, [CHOSEN, report.chosen] as const].map(([name, one]) =>
    rowOf('td', [name, ...figuresOf(one)]),
  );
  const charts = (names: readonly string[]): string[] =>
    names.map((name) => {
      const found = drawn(name);
      const ratio = report.perSeries
        .find(({ series }) => series === name)
        ?.scores.get(CHOSEN)?.relSQL;
      const heading = `${name}: ${decimals(ratio)}`;
      return found === undefined ? '' : seriesChart(heading, found.column, found.vintages);
    });
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>`,
    `<style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>`,
    `<table>${rowOf('th', HEAD)}${rows.join('')}</table>`,
    ...overviewCharts(report),
    '<h2>Best series</h2>',
    ...charts(best),
    '<h2>Worst series</h2>',
    ...charts(worst),
    '</body></html>\n',
  ].join('\n');
}

const figuresOf = (one: ModelReport): string[] => [
  ...[one.relSQL, one.relMASE, one.WQL, one.cov80, one.p90, one.p99].map(decimals),
  String(one.series),
  String(one.failed),
];

const rowOf = (tag: string, cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;

const decimals = (value: number | undefined): string => value?.toFixed(3) ?? '-';
