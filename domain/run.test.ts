import { expect, test } from 'vitest';
import { cart, TEN } from '../test/builders.ts';
import { isAnswerTo, isForecast, waitingRun } from './run.ts';

test.each([
  ['train', 'schedule', 'rest', false],
  ['train', 'schedule', 'start', false],
  ['train', 'schedule', 'schedule', true],
  ['train', 'rest', 'rest', true],
  ['train', 'start', 'schedule', true],
  ['inference', 'schedule', 'rest', true],
] as const)('a %s run by %s is all that %s asks for: %s', (kind, by, trigger, is) => {
  expect(isAnswerTo(trigger, waitingRun(kind, by, TEN))).toBe(is);
});

test.each([
  ['trained', undefined, true],
  ['reused', undefined, true],
  ['skipped', 'cpu: naive (constant for 3 days)', true],
  ['skipped', 'HISTORY_TOO_SHORT: have 1 h', false],
  ['failed', 'TRAINING_FAILED: a hog', false],
] as const)('%s, %s: there is a forecast: %s', (result, reason, is) => {
  expect(isForecast({ key: cart, result, ...(reason === undefined ? {} : { reason }) })).toBe(is);
});
