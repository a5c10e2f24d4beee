import { expect, test } from 'vitest';
import { forecastStale, refusal } from '../domain/errors.ts';
import { toStatus } from './status.ts';

test('a refusal is spelled as Kubernetes spells it, field by field', () => {
  expect(JSON.stringify(toStatus(refusal('SELECTOR_AMBIGUOUS', 'name one')))).toBe(
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"name one","reason":"BadRequest","code":400}',
  );
});

test('two stale answers of different age have one message, so that Events are not multiplied', () => {
  const [one, other] = ['issued at ten', 'issued at eleven'].map((cause) =>
    toStatus(forecastStale('cart', cause), 'predicted-cpu'),
  );
  expect(one?.message).toBe(other?.message);
  expect(one?.details).not.toEqual(other?.details);
});

test('a bug is answered with 500 and keeps its text to itself', () => {
  expect(JSON.stringify(toStatus(new TypeError('token is undefined')))).not.toContain('token');
});
