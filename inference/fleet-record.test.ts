import { expect, test } from 'vitest';
import { packIssue } from '../domain/packed-forecast.ts';
import type { Score } from '../domain/score.ts';
import { days, epochMs, hours, minutes } from '../domain/units.ts';
import { aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { fleetRecord, forecastAges, readingsByKind } from './fleet-record.ts';
import { issueId, snapshot } from './snapshot.ts';

const part = (index: number) => ({ namespace: 'shop', component: `part-${index}` });
const row = (index: number, skill: number, about: Partial<Score> = {}): Score => ({
  key: part(index),
  resource: 'cpu',
  model: 'network',
  lead: 1,
  at: epochMs(TEN - hours(10)),
  mae: 1,
  mase: 1,
  pinball: 0.5 * (1 - skill),
  coverage: 0.75,
  skill,
  n: 96,
  bias: 0,
  belowQ90: 0.875,
  ...about,
});
const KEYS = [0, 1, 2, 3].map(part);

test('a fleet is its median, its best and the share of those that did worse than the naive rule', () => {
  const scores = [row(0, -0.5), row(1, 0), row(2, 0.5, { coverage: 0.25 }), row(3, 0.75)];
  expect(fleetRecord(scores, KEYS, TEN)).toEqual({
    skills: [expect.closeTo(0.25, 9), expect.closeTo(0.7425, 9), expect.closeTo(0.75, 9)],
    worse: 0.25,
    coverage: 0.625,
    belowQ90: 0.875,
  });
});

test('others, older days, trials and leads that scaling does not read do not count', () => {
  const none = [
    row(9, -1),
    row(0, -1, { at: epochMs(TEN - days(7)) }),
    row(0, -1, { lead: 0 }),
    row(0, -1, { lead: 16 }),
  ];
  expect(fleetRecord(none, KEYS, TEN)).toBeUndefined();
  expect(fleetRecord([...none, row(1, 0.5)], KEYS, TEN)?.worse).toBe(0);
});

test('the ages of the forecasts in force are told in seconds, and not at all where there is none', () => {
  const issue = packIssue(
    anIssue({ issued: { forecast: aForecast(), issuedAt: TEN, model: 'naive', run: 'train-1' } }),
  );
  const rules = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
  const held = new Map([[issueId(cart, 'cpu'), { issue, seenAt: TEN }]]);
  const shown = snapshot(TEN, held, new Map(), rules);
  expect(forecastAges(shown, [cart, part(0)], epochMs(TEN + minutes(2)))).toEqual([120, 120, 120]);
  expect(forecastAges(shown, [part(0)], TEN)).toEqual([]);
  expect(forecastAges(undefined, [cart], TEN)).toEqual([]);
  const kinds = Object.fromEntries(readingsByKind(shown, [cart, part(0)], TEN));
  expect(kinds).toEqual({ predicted: 1, observed: 0, stale: 0, failing: 0, unknown: 3 });
  expect(readingsByKind(undefined, [cart], TEN).get('unknown')).toBe(2);
});
