import { expect, test } from 'vitest';
import { aForecast, cart, TEN } from '../../test/builders.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { series } from '../../domain/series.ts';
import { days, epochMs, STEP } from '../../domain/units.ts';
import { faultOf, parseAnswer, parseRequest, type Request } from './messages.ts';

const made = series(epochMs(TEN - days(1)), STEP, new Float64Array(96).fill(1));
if (!made.ok) throw new Error(made.defect.kind);
const request: Request = {
  id: 7,
  job: { key: cart, resource: 'memory', history: made.series },
  plan: { horizon: 192, at: TEN },
};
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
  model: 'naive',
  forecast: aForecast(),
  scores: [score, { ...score, mase: Number.NaN }, 'four'],
};

test('a request that went through a channel is the request', () => {
  expect(parseRequest(structuredClone(request))).toEqual(request);
});

test.each([
  ['nothing', undefined],
  ['a word', 'train!'],
  ['a request for an unknown resource', { ...request, job: { ...request.job, resource: 'disk' } }],
  [
    'a request without a component',
    { ...request, job: { ...request.job, key: { namespace: 'a' } } },
  ],
  ['a request without a history', { ...request, job: { ...request.job, history: [1, 2] } }],
  [
    'a history whose mask has another length',
    {
      ...request,
      job: { ...request.job, history: { ...made.series, observed: new Uint8Array(3) } },
    },
  ],
  ['a request without a plan', { ...request, plan: {} }],
])('%s is no request', (_, message) => {
  expect(parseRequest(message)).toBeUndefined();
});

test('an answer is the forecast of what was asked, with the scores that are numbers', () => {
  expect(parseAnswer({ id: 7, answer }, request)).toEqual({
    kind: 'forecast',
    model: 'naive',
    forecast: aForecast(),
    scores: [{ key: cart, resource: 'memory', at: TEN, ...score }],
  });
});

test.each([
  ['nothing', undefined],
  ['an answer to another question', { id: 8, answer }],
  ['a forecast of no model', { id: 7, answer: { ...answer, model: '' } }],
  ['a forecast without values', { id: 7, answer: { ...answer, forecast: {} } }],
  ['a forecast of plain lists', { id: 7, answer: { ...answer, forecast: { values: [[1, 2]] } } }],
  ['a forecast without scores', { id: 7, answer: { ...answer, scores: undefined } }],
  ['a failure without a reason', { id: 7, answer: { kind: 'failed' } }],
])('%s is no answer', (_, message) => {
  expect(parseAnswer(message, request)).toBeUndefined();
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
