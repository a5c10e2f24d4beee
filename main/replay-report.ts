import { writeFileSync } from 'node:fs';
import { refusal } from '../domain/errors.ts';
import { escaped } from '../forecast/backtest/line-chart.ts';
import { curveChart, replicasChart } from './replay-charts.ts';
import type { Stretch } from './replay-history.ts';
import { replayRows, type Replayed, type TableWish } from './replay-table.ts';

/** What is drawn of each policy beside its figures. */
type Histories = readonly (readonly [policy: string, stretches: readonly Stretch[]])[];

const STYLE =
  'body{font-family:sans-serif;margin:2em;color:#111827}table{border-collapse:collapse}' +
  'td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}';

/** The table, the curve and each policy's replicas as one page without outside references. Equal replays make equal pages. */
export function replayHtml(replayed: Replayed, wish: TableWish, histories: Histories): string {
  const title = escaped(replayed.trace);
  const [header = [], ...rows] = replayRows(replayed, wish);
  const highest = histories
    .flatMap(([, stretches]) => stretches.map(({ pods, need }) => Math.max(pods, need)))
    .reduce((most, value) => Math.max(most, value), 1);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<style>${STYLE}</style></head><body><h1>${title}</h1>`,
    `<table>${rowOf('th', header)}${rows.map((row) => rowOf('td', row)).join('')}</table>`,
    replaySvg(replayed),
    ...histories.map(([policy, stretches]) => replicasChart(policy, stretches, highest)),
    `<pre>${escaped(JSON.stringify(replayed.assumptions, undefined, 2))}</pre>`,
    '</body></html>\n',
  ].join('\n');
}

/** The curve alone. */
export function replaySvg({ trace, policies, frontier }: Replayed): string {
  const played = Object.entries(policies).map(([name, { podHours, shortMinutes }]) => ({
    name,
    podHours,
    shortMinutes,
  }));
  return `${curveChart(`${trace}: short minutes by pod-hours`, played, frontier ?? [])}\n`;
}

const rowOf = (tag: string, cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;

/** @throws {SelfScalingError} `REQUEST_INVALID` when the file cannot be written. */
export function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const message = `${file}: cannot be written; name another file`;
    throw refusal('REQUEST_INVALID', message, { cause });
  }
}
