import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../domain/random.ts';
import { SHIPPED_WEIGHTS } from '../forecast/models/shipped-weights.ts';
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

const start = (about: Partial<BacktestFlags>) =>
  runBacktest(
    { output: 'json', cutoffs: 4, models: [], seed: 1, gate: [], ...about },
    { write: () => true },
  );
const run = (about: Partial<BacktestFlags> = {}) => start({ input: usage, ...about });
type Json = {
  models: Record<string, Record<string, number>>;
  chosen: Record<string, number>;
  weights: string | null;
  perSeries: { series: string; relSQL: number; weights: Record<string, number>; best: string }[];
};
const json = async (about: Partial<BacktestFlags> = {}): Promise<Json> => {
  const { text } = await run(about);
  // oxlint-disable-next-line typescript/no-unsafe-return -- what JSON holds is what the test is about
  return JSON.parse(text);
};
const ofSeries = ({ perSeries }: Json) =>
  Object.fromEntries(perSeries.map(({ series, relSQL, best }) => [series, { relSQL, best }]));

describe('a seeded file', async () => {
  const report = await json();
  const ofOneDay = ofSeries(await json({ cutoffs: 1 }));
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
  test('scores the same again but for the time it took', async () => {
    const timeless = (text: string): string => text.replaceAll(/"cpuSeconds": [^,]+/g, '');
    const [one, other] = [await run({ cutoffs: 1 }), await run({ cutoffs: 1 })];
    expect(timeless(one.text)).toBe(timeless(other.text));
  });
  test('scores the same in another order of columns', async () => {
    const input = file('shuffled.csv', csv(names.toReversed()));
    expect(ofSeries(await json({ cutoffs: 1, input }))).toEqual(ofOneDay);
  });
  test('scores the same in another unit', async () => {
    const input = file('scaled.csv', csv(names, 1024));
    expect(ofSeries(await json({ cutoffs: 1, input }))).toEqual(ofOneDay);
  });
  test('scores the same a week later', async () => {
    const later = csv(names).replaceAll(/^\d+/gm, (at) => String(Number(at) + 7 * 86_400));
    expect(ofSeries(await json({ cutoffs: 1, input: file('later.csv', later) }))).toEqual(ofOneDay);
  });
});

test('every chosen forecast is written: four days of five series, copies too', async () => {
  const forecasts = join(folder, 'out.csv');
  await run({ forecasts, models: ['seasonal-naive-week'] });
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

test('some models alone are told of, and chosen among beside the baselines', async () => {
  const { models, perSeries } = await json({ models: ['seasonal-naive-week'] });
  expect(Object.keys(models)).toEqual(['seasonal-naive-gauss', 'seasonal-naive-week']);
  const chosen = new Set(perSeries.flatMap(({ weights }) => Object.keys(weights)));
  expect(chosen).not.toContain('same-time-median');
});

test('models that are only compared with are asked by name; weights and their hash are told', async () => {
  const weights = join(folder, 'weights.json');
  writeFileSync(weights, JSON.stringify(SHIPPED_WEIGHTS));
  const columns = csv(['daily']);
  const input = join(folder, 'one.csv');
  writeFileSync(input, columns);
  const about = { input, cutoffs: 1, models: ['network', 'mstl-ets'] };
  const [shipped, given] = [await json(about), await json({ ...about, weights })];
  expect(Object.keys(given.models)).toEqual(['seasonal-naive-gauss', 'network', 'mstl-ets']);
  expect(given).toMatchObject({
    engine: 'plain',
    weights: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(given.weights).toBe(shipped.weights);
  expect(await json({ ...about, models: ['naive'] })).toMatchObject({ weights: null });
});

test('columns of the store serve as well as a file', async () => {
  const starts = Float64Array.from({ length: ROWS }, (_, step) => (START + step * 900) * 1000);
  const values = Float64Array.from(made['daily']!, Number);
  const { text } = await runBacktest(
    { output: 'json', cutoffs: 1, models: ['naive'], seed: 1, gate: [] },
    { write: () => true },
    [{ name: 'shop/cart cpu', starts, values }],
  );
  expect(JSON.parse(text)).toMatchObject({ perSeries: [{ series: 'shop/cart cpu' }] });
});

test('a missed gate is told, and the figures all the same', async () => {
  const { text, missed } = await run({
    output: 'table',
    cutoffs: 1,
    gate: ['relSQL=0.01', 'relSQL=100'],
  });
  expect(missed).toEqual([
    expect.stringMatching(/^gate relSQL=0\.01 is missed: relSQL is 0\.\d+$/),
  ]);
  expect(text).toMatch(/^MODEL +relSQL/);
  expect(text).toContain('skipped: 1: young (800 observed steps, need 864)');
});

test('a page has the table, the charts and the drawn series, and needs nothing from outside', async () => {
  const [report, svg] = [join(folder, 'report.html'), join(folder, 'report.svg')];
  await run({ report, svg, cutoffs: 1 });
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
    ['weights that are none', { weights: usage }, 'no weights of this program'],
    ['neither a file nor columns', { input: undefined }, 'either --input FILE or --component'],
  ])('%s', async (_, about, message) => {
    const { input, ...others } = { input: usage, ...about };
    const flags = input === undefined ? others : { ...others, input };
    await expect(start({ ...flags, forecasts })).rejects.toThrow(message);
    expect(existsSync(forecasts)).toBe(false);
  });
  test('a place that cannot be written to', async () => {
    await expect(run({ forecasts: join(folder, 'none', 'out.csv') })).rejects.toThrow(
      'cannot be written',
    );
  });
});
