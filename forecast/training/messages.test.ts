import { expect, test } from 'vitest';
import { aForecast, cart, TEN } from '../../test/builders.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { series } from '../../domain/series.ts';
import { days, epochMs, STEP } from '../../domain/units.ts';
import type { SeriesMemory } from './choice-memory.ts';
import { faultOf, parseAnswer, parseRequest, type Request } from './messages.ts';

const made = series(epochMs(TEN - days(1)), STEP, new Float64Array(96).fill(1));
if (!made.ok) throw new Error(made.defect.kind);
const memory: SeriesMemory = {
  at: TEN,
  since: TEN,
  parts: [['naive', 1]],
  losses: [0.8],
};
const request: Request = {
  id: 7,
  jobs: [
    {
      key: cart,
      resource: 'memory',
      history: made.series,
      task: 'renew',
      memory,
      donors: [made.series],
    },
  ],
  plan: { horizon: 192, now: TEN, at: TEN },
};
const [job] = request.jobs;
const used = { cpuSeconds: 1.5, maxRssBytes: 2e8 };
const score = {
  model: 'naive',
  lead: 0,
  mae: 1,
  mase: 1,
  pinball: 1,
  coverage: 1,
  skill: 0,
  n: 96,
};
const answer = {
  kind: 'forecast',
  how: 'trained',
  model: 'naive',
  forecast: aForecast(),
  memory,
  scores: [score, { ...score, mase: Number.NaN }, 'four'],
};

test('a request that went through a channel is the request', () => {
  expect(parseRequest(structuredClone(request))).toEqual(request);
});

test.each([
  ['nothing', undefined],
  ['a word', 'train!'],
  ['a request for an unknown resource', { ...request, jobs: [{ ...job, resource: 'disk' }] }],
  ['a request without a component', { ...request, jobs: [{ ...job, key: { namespace: 'a' } }] }],
  ['a request without a history', { ...request, jobs: [{ ...job, history: [1, 2] }] }],
  [
    'a history whose mask has another length',
    {
      ...request,
      jobs: [{ ...job, history: { ...made.series, observed: new Uint8Array(3) } }],
    },
  ],
  ['a request without a plan', { ...request, plan: {} }],
  ['a request to do what is not known', { ...request, jobs: [{ ...job, task: 'guess' }] }],
  ['a request of which one job is none', { ...request, jobs: [job, 7] }],
])('%s is no request', (_, message) => {
  expect(parseRequest(message)).toBeUndefined();
});

test('an answer is the forecast of what was asked, with the scores that are numbers', () => {
  expect(parseAnswer({ id: 7, answers: [answer], used }, request)).toEqual({
    answers: [
      {
        kind: 'forecast',
        how: 'trained',
        model: 'naive',
        forecast: aForecast(),
        memory,
        scores: [{ key: cart, resource: 'memory', at: TEN, ...score }],
      },
    ],
    used,
  });
});

test.each([
  ['nothing', undefined],
  ['an answer to another question', { id: 8, answers: [answer], used }],
  ['an answer less than was asked', { id: 7, answers: [], used }],
  ['an answer without an account', { id: 7, answers: [answer] }],
])('%s is no answer', (_, message) => {
  expect(parseAnswer(message, request)).toBeUndefined();
});

test.each([
  ['a forecast of no model', { ...answer, model: '' }],
  ['a forecast by no known way', { ...answer, how: 'guessed' }],
  ['a forecast without values', { ...answer, forecast: {} }],
  ['a forecast of plain lists', { ...answer, forecast: { values: [[1, 2]] } }],
  ['a forecast without scores', { ...answer, scores: undefined }],
  ['a failure without a reason', { kind: 'failed' }],
])('%s is no answer', (_, one) => {
  expect(parseAnswer({ id: 7, answers: [one], used }, request)).toBeUndefined();
});

test('a forecast is only written with every level, every step, finite and in order', () => {
  const rows = aForecast().values;
  const faultWith = (values: readonly Float64Array[]) => faultOf({ ...aForecast(), values }, 192);
  expect(faultWith(rows)).toBeUndefined();
  expect(faultWith(rows.slice(1))).toBe(`has ${LEVELS.length - 1} levels, not ${LEVELS.length}`);
  expect(faultWith(rows.with(3, new Float64Array(5)))).toBe('has 5 steps, not 192');
  expect(faultWith(rows.with(3, rows[3]!.with(9, Number.NaN)))).toBe('is not finite');
  expect(faultWith(rows.with(3, rows[3]!.with(9, 0)))).toBe('has crossing quantiles');
});
