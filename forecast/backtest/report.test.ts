import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { CHOSEN, type SeriesOutcome } from './backtest-series.ts';
import { reference } from './reference.ts';
import { reportJson } from './report-json.ts';
import { backtestReport, RULES } from './report.ts';

const error = (mae: number, loss = mae) => ({
  mae,
  loss,
  coverage: 0.5,
  below: LEVELS.map((level) => level),
  byHour: Array.from({ length: 24 }, (_, hour) => (hour === 5 ? undefined : loss * (hour + 1))),
  n: 96,
  magnitude: 960,
});
type Windows = readonly (readonly [number | undefined, Readonly<Record<string, number>>])[];

/** One series; each window has a scale, and errors by name. */
const series = (name: string, windows: Windows, about: Partial<SeriesOutcome> = {}) => ({
  name,
  isCopy: false,
  windows: windows.map(([scale, errors]) => ({
    scale,
    errors: new Map(Object.entries(errors).map(([model, mae]) => [model, error(mae)])),
  })),
  weights: new Map([['m', 1]]),
  failed: [],
  cpuSeconds: new Map([['m', 0.5]]),
  ...about,
});
const R = reference.name;
const plain = (name: string, model: number, chosen = model, rules = 1): SeriesOutcome =>
  series(name, [
    [
      1,
      { [R]: 1, m: model, [CHOSEN]: chosen, ...Object.fromEntries(RULES.map((r) => [r, rules])) },
    ],
  ]);
const report = (...outcomes: readonly SeriesOutcome[]) => backtestReport(outcomes, ['m']);

describe('ratios to the reference', () => {
  test('are of means over origins, each in its own scale', () => {
    // (1/1 + 6/2) / 2 over (2/1 + 2/2) / 2.
    const windows: Windows = [
      [1, { [R]: 2, m: 1 }],
      [2, { [R]: 2, m: 6 }],
    ];
    expect(report(series('a', windows)).models.get('m')?.relSQL).toBeCloseTo(4 / 3, 12);
  });
  test('are averaged geometrically over series', () => {
    const { models } = report(plain('a', 2), plain('b', 0.125));
    expect(models.get('m')).toMatchObject({ relSQL: expect.closeTo(0.5, 12), series: 2 });
    expect(models.get(R)?.relSQL).toBe(1);
  });
  test('are clipped to 0.01 and 100', () => {
    const ratio = (by: number) => report(plain('a', by)).models.get('m')?.relMASE;
    expect([ratio(0), ratio(1e6)].map((value) => value?.toFixed(9))).toEqual([
      '0.010000000',
      '100.000000000',
    ]);
  });
});

test('each hour ahead has a ratio of its own; one that nobody observed has none', () => {
  const { byHour } = report(plain('a', 2), plain('b', 0.125)).models.get('m')!;
  expect([byHour[0], byHour[5], byHour[23]]).toEqual([
    expect.closeTo(0.5, 12),
    undefined,
    expect.closeTo(0.5, 12),
  ]);
});

test('the loss of all steps together is a share of all that was used', () => {
  expect(report(plain('a', 5), plain('b', 15)).models.get('m')?.WQL).toBe(1);
});

describe('left out of the means, and listed', () => {
  const good = plain('good', 0.5);
  test.each([
    ['a copy', { ...plain('odd', 9), isCopy: true }, { copies: ['odd'] }],
    [
      'a series on which the reference is exact',
      series('odd', [[1, { [R]: 1e-3, m: 9 }]]),
      { degenerate: { series: ['odd'], origins: 0 } },
    ],
    [
      'a series whose days repeat exactly',
      series('odd', [[undefined, { [R]: 1, m: 9 }]]),
      { degenerate: { series: ['odd'], origins: 1 } },
    ],
    [
      'a series of which no day was observed',
      series('odd', []),
      { degenerate: { series: ['odd'] } },
    ],
  ])('%s', (_, odd, listed) => {
    const made = report(good, odd);
    expect(made).toMatchObject(listed);
    expect(made.models.get('m')).toMatchObject({ series: 1, relSQL: expect.closeTo(0.5, 12) });
    expect(made.perSeries.map((one) => one.series)).toEqual(['good', 'odd']);
  });
  test('a single day without a scale', () => {
    const windows: Windows = [
      [1, { [R]: 1, m: 0.5 }],
      [undefined, { [R]: 1, m: 9 }],
    ];
    const made = report(series('a', windows));
    expect(made.models.get('m')?.relSQL).toBeCloseTo(0.5, 12);
    expect(made.degenerate).toEqual({ series: [], origins: 1 });
  });
});

test('the choice is measured by the best rule of each series', () => {
  const { chosen } = report(plain('a', 1, 1.05), plain('b', 1, 1.2), plain('c', 1, 0.5, 0.4));
  expect(chosen).toMatchObject({ beyond110: ['b', 'c'], within110: expect.closeTo(1 / 3, 12) });
  expect(chosen.worst).toBeCloseTo(1.2, 12);
});

describe('as JSON', () => {
  const about = { origins: 4, seed: 1, skipped: [{ series: 'short', reason: 'too short' }] };
  test('it has the documented keys', () => {
    const json = reportJson(report(plain('a', 0.5), series('b', [])), about);
    expect(json).toMatchObject({ origins: 4, horizon: 96, season: 96, skipped: about.skipped });
    expect(json.models['m']).toEqual({
      relSQL: 0.5,
      relMASE: 0.5,
      WQL: 0.05,
      cov80: 0.5,
      p90: 0.9,
      p99: 0.99,
      cpuSeconds: 0.5,
      series: 1,
      failed: 0,
    });
    expect(Object.keys(json.chosen)).toEqual(
      expect.arrayContaining([...Object.keys(json.models['m']!), 'worst', 'within110']),
    );
    expect(json.perSeries[0]).toMatchObject({
      series: 'a',
      origins: 1,
      degenerate: false,
      scale: 1,
      relSQL: 0.5,
      relMASE: 0.5,
      weights: { m: 1 },
      best: 'm',
    });
  });
  test('what is not known is null, never a number', () => {
    const json = reportJson(report(series('b', [])), about);
    expect(json.chosen).toMatchObject({ relSQL: null, cov80: null, worst: null, within110: null });
    expect(json.perSeries[0]).toMatchObject({ scale: null, relSQL: null, mae: null, best: null });
  });
});
