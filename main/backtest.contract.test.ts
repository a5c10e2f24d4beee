import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../domain/random.ts';
import { runBacktest, type BacktestFlags } from './backtest.ts';

const folder = mkdtempSync(join(tmpdir(), 'backtest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = 1_381_363_200;
const ROWS = 17 * 96;
const random = seededRandom(7);
/** A day's rhythm and noise; a week's; a walk; a level with a gap; too young; a copy. */
const COLUMNS: Readonly<Record<string, (step: number) => number | string>> = {
  daily: (step) => 3 + 2 * Math.sin((2 * Math.PI * step) / 96) + random(),
  weekly: (step) => (step % 672 < 480 ? 5 : 2) + Math.sin((2 * Math.PI * step) / 96) + random() / 4,
  walk: (step) => 100 + 10 * Math.sin(step / 450) + 5 * Math.sin(step / 61) + random(),
  gappy: (step) => (step % 100 < 10 ? '' : 1 + random()),
  young: (step) => (step < ROWS - 800 ? '' : 1 + random()),
  copy: (step) => step % 672,
};
const names = Object.keys(COLUMNS);
const csv = (order: readonly string[], factor = 1): string => {
  const cell = (value: number | string): string =>
    typeof value === 'number' ? String(value * factor) : value;
  const rows = Array.from(
    { length: ROWS },
    (_, step) => `${START + step * 900},${order.map((name) => cell(made[name]![step]!)).join(',')}`,
  );
  return `timestamp,${order.join(',')}\n${rows.join('\n')}\n`;
};
const made: Record<string, (number | string)[]> = Object.fromEntries(
  names.map((name) => [name, Array.from({ length: ROWS }, (_, step) => COLUMNS[name]!(step))]),
);
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const usage = file('usage.csv', csv(names));

const run = (about: Partial<BacktestFlags> = {}) =>
  runBacktest(
    { input: usage, output: 'json', cutoffs: 4, models: [], seed: 1, gate: [], ...about },
    { write: () => true },
  );
type Json = {
  models: Record<string, Record<string, number>>;
  chosen: Record<string, number>;
  perSeries: { series: string; relSQL: number; weights: Record<string, number>; best: string }[];
};
// oxlint-disable-next-line typescript/no-unsafe-return -- what JSON holds is what the test is about
const json = (about: Partial<BacktestFlags> = {}): Json => JSON.parse(run(about).text);
const ofSeries = ({ perSeries }: Json) =>
  Object.fromEntries(perSeries.map(({ series, relSQL, best }) => [series, { relSQL, best }]));

describe('a seeded file', () => {
  const report = json();
  test('scores what it scored when these figures were written down', () => {
    const { relSQL, relMASE, cov80, p90, series } = report.models['same-time-median']!;
    const close = (value: number) => expect.closeTo(value, 1.7);
    expect([relSQL, relMASE, cov80, p90, series]).toEqual([
      ...[0.92, 0.997, 0.731, 0.927].map(close),
      4,
    ]);
  });
  test('lists what was skipped and what was copied', () => {
    expect(report).toMatchObject({
      skipped: [{ series: 'young', reason: '800 observed steps, need 864' }],
      copies: ['copy'],
    });
  });
  test('tells the shares of the models in what was chosen', () => {
    const shares = report.perSeries.map(({ weights }) =>
      Object.values(weights).reduce((sum, share) => sum + share, 0),
    );
    expect(shares).toEqual(report.perSeries.map(() => expect.closeTo(1, 4)));
  });
  test('scores the same again but for the time it took', () => {
    const timeless = (text: string): string => text.replaceAll(/"cpuSeconds": [^,]+/g, '');
    expect(timeless(run().text)).toBe(timeless(run().text));
  });
  test('scores the same in another order of columns', () => {
    const input = file('shuffled.csv', csv(names.toReversed()));
    expect(ofSeries(json({ input }))).toEqual(ofSeries(report));
  });
  test('scores the same in another unit', () => {
    const input = file('scaled.csv', csv(names, 1024));
    expect(ofSeries(json({ input }))).toEqual(ofSeries(report));
  });
  test('scores the same a week later', () => {
    const later = csv(names).replaceAll(/^\d+/gm, (at) => String(Number(at) + 7 * 86_400));
    expect(ofSeries(json({ input: file('later.csv', later) }))).toEqual(ofSeries(report));
  });
});

test('every chosen forecast is written: four days of five series, copies too', () => {
  const forecasts = join(folder, 'out.csv');
  run({ forecasts });
  const [header, ...lines] = readFileSync(forecasts, 'utf8').trimEnd().split('\n');
  expect(header).toMatch(/^series,origin,step,q0\.1,/);
  const starts = lines.map((line) => line.split(',').slice(0, 3).join(','));
  const origins = [4, 3, 2, 1].map((day) => START + (ROWS - day * 96) * 900);
  expect(starts).toEqual(
    ['daily', 'weekly', 'walk', 'gappy', 'copy'].flatMap((name) =>
      origins.flatMap((at) => Array.from({ length: 96 }, (_, step) => `${name},${at},${step}`)),
    ),
  );
});

test('some models alone are told of, and chosen among beside the baselines', () => {
  const { models, perSeries } = json({ models: ['seasonal-naive-week'] });
  expect(Object.keys(models)).toEqual(['seasonal-naive-gauss', 'seasonal-naive-week']);
  const chosen = new Set(perSeries.flatMap(({ weights }) => Object.keys(weights)));
  expect(chosen).not.toContain('same-time-median');
});

test('a missed gate is told, and the figures all the same', () => {
  const { text, missed } = run({ output: 'table', gate: ['relSQL=0.01', 'relSQL=100'] });
  expect(missed).toEqual([
    expect.stringMatching(/^gate relSQL=0\.01 is missed: relSQL is 0\.\d+$/),
  ]);
  expect(text).toMatch(/^MODEL +relSQL/);
  expect(text).toContain('skipped: 1: young (800 observed steps, need 864)');
});

test('a page has the table, the charts and the drawn series, and needs nothing from outside', () => {
  const [report, svg] = [join(folder, 'report.html'), join(folder, 'report.svg')];
  run({ report, svg });
  const page = readFileSync(report, 'utf8');
  expect(page.match(/<svg /g)).toHaveLength(2 + 4);
  expect(page).toContain('<td>same-time-median</td>');
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|href=|NaN/);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
});

describe('refused before anything is written:', () => {
  const forecasts = join(folder, 'never.csv');
  test.each([
    ['a file that is not there', { input: join(folder, 'none.csv') }, 'cannot be read'],
    ['a file that is no CSV', { input: file('odd.csv', 'odd') }, 'line 1, column 1: a header'],
    ['a model that nobody knows', { models: ['prophet'] }, 'no model is named prophet; there are'],
    ['a gate that is none', { gate: ['speed=1'] }, 'gate "speed=1" is not understood'],
    ['no cutoff', { cutoffs: 0 }, '--cutoffs is 0'],
    ['six cutoffs', { cutoffs: 6 }, '--cutoffs is 6; it must be 1 to 5'],
    ['a strange format', { output: 'yaml' }, 'there is no format yaml'],
  ])('%s', (_, about, message) => {
    expect(() => run({ ...about, forecasts })).toThrow(message);
    expect(existsSync(forecasts)).toBe(false);
  });
  test('a place that cannot be written to', () => {
    expect(() => run({ forecasts: join(folder, 'none', 'out.csv') })).toThrow('cannot be written');
  });
});
