import { expect, test } from 'vitest';
import type { Score } from '../domain/score.ts';
import type { Failing } from '../domain/use.ts';
import { days, epochMs } from '../domain/units.ts';
import { cart, TEN } from '../test/builders.ts';
import { judge } from './judge.ts';

const TODAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const day = (ago: number) => epochMs(TODAY - days(ago));
const row = (skill: number, n: number, about: Partial<Score> = {}): Score => ({
  key: cart,
  resource: 'cpu',
  model: 'network',
  lead: 1,
  at: day(1),
  mae: 0.1,
  mase: 0.5,
  pinball: 0.5 * (1 - skill),
  coverage: 0.8,
  skill,
  n,
  ...about,
});
const WAS: Failing = { since: day(2), skill: -0.3, scored: 200, by: 'record' };
const verdict = (scores: readonly Score[], was?: Failing) =>
  judge({ scores, model: 'network', was, now: TEN });
const said = (found: Failing | undefined): string => (found === undefined ? 'used' : found.by);

test.each([
  ['a step below enough', [row(-0.05, 143)], 'used'],
  ['enough, at the naive rule', [row(0, 144)], 'used'],
  ['enough, just below it', [row(-0.001, 144)], 'record'],
  ['good and bad days that are good together', [row(-0.05, 96), row(0.06, 96)], 'used'],
  ['good and bad days that are bad together', [row(-0.05, 96), row(0.04, 96)], 'record'],
  [
    'clearly worse of late, a step below enough',
    [row(-0.5, 95), row(0.9, 480, { at: day(2) })],
    'used',
  ],
  ['clearly worse of late', [row(-0.2, 96), row(0.9, 480, { at: day(2) })], 'record'],
  ['worse of late, not clearly', [row(-0.099, 96), row(0.9, 480, { at: day(2) })], 'used'],
  ['leads that scaling does not read', [row(-5, 960, { lead: 16 })], 'used'],
  ['a record that is too old', [row(-5, 960, { at: day(3) })], 'used'],
  ['the oldest day that counts', [row(-5, 960, { at: day(2) })], 'record'],
  ['no error at all', [row(1, 960)], 'used'],
])('%s', (_, scores, expected) => {
  expect(said(verdict(scores))).toBe(expected);
});

test.each([
  ['just below what is asked of the recovered', [row(0.049, 200)], 'record'],
  ['at it', [row(0.05, 200)], 'used'],
  [
    'above it, but below the naive rule of late',
    [row(-0.01, 96), row(0.5, 480, { at: day(2) })],
    'record',
  ],
  ['above it, and of late too', [row(0, 96), row(0.5, 480, { at: day(2) })], 'used'],
  ['nothing new', [], 'record'],
])('what was failing, with %s', (_, scores, expected) => {
  const found = verdict(scores, WAS);
  expect(said(found)).toBe(expected);
  expect(found?.since ?? WAS.since).toBe(WAS.since);
});

test.each([
  ['worse than the naive rule', row(-0.001, 96, { lead: 0 }), 'trial'],
  ['as good', row(0, 96, { lead: 0 }), 'used'],
  ['worse, of too few steps', row(-0.5, 95, { lead: 0 }), 'used'],
  ['worse, of a model that is not served', row(-0.5, 96, { lead: 0, model: 'ridge' }), 'used'],
])('before there is a record, a trial that was %s decides', (_, trial, expected) => {
  expect(said(verdict([trial]))).toBe(expected);
});

test('the latest trial decides, and a record goes before any trial', () => {
  const bad = row(-0.5, 96, { lead: 0, at: day(2) });
  const good = row(0.5, 96, { lead: 0, at: day(1) });
  expect(said(verdict([bad, good]))).toBe('used');
  expect(said(verdict([bad, row(0.2, 144)]))).toBe('used');
  expect(said(verdict([good, row(-0.2, 144)]))).toBe('record');
});

test('a verdict by trial falls with the trial', () => {
  const was: Failing = { ...WAS, by: 'trial' };
  expect(verdict([row(0, 96, { lead: 0 })], was)).toBeUndefined();
  expect(verdict([row(0.01, 144)], was)).toBeUndefined();
});

test('a day that was never as bad leaves nothing behind: order of rows is nothing', () => {
  const rows = [row(-0.2, 96), row(0.9, 480, { at: day(2) }), row(0.3, 96, { lead: 2 })];
  expect(verdict(rows.toReversed())).toEqual(verdict(rows));
});
