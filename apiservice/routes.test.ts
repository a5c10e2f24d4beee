import { expect, test } from 'vitest';
import { parseTarget } from './routes.ts';

const METRIC = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/predicted-cpu';
/** As much as a request line may hold; read in quadratic time it would take longer than the test may. */
const MUCH = 900_000;

test.each([
  ['a timeout of digits', `${METRIC}?timeout=${'1'.repeat(MUCH)}`],
  ['a timeout of many units', `${METRIC}?timeout=${'1s'.repeat(MUCH / 2)}x`],
  ['a limit of digits', `${METRIC}?limit=${'1'.repeat(MUCH)}`],
  ['slashes in a path', `/a${'/'.repeat(MUCH)}b`],
  ['slashes behind a path', `/a${'/'.repeat(MUCH)}`],
  ['escapes', `/a${'%2e'.repeat(MUCH / 3)}`],
])('%s do not keep everybody else waiting', (_, url) => {
  expect(parseTarget(url)).toBeDefined();
});

test.each(['1s', '+1.5h', '1.s', '.5m3s', '0'])('the timeout %s is a duration of Go', (timeout) => {
  const target = parseTarget(`${METRIC}?timeout=${encodeURIComponent(timeout)}`);
  expect(target?.route).toMatchObject({ kind: 'metric', options: { ok: true } });
});

test.each(['1', '.s', 's', '1s2', '--1s'])('the timeout %s is none', (timeout) => {
  const target = parseTarget(`${METRIC}?timeout=${encodeURIComponent(timeout)}`);
  expect(target?.route).toMatchObject({ kind: 'metric', options: { ok: false } });
});

test.each([
  [`//${METRIC}//`, { resource: 'predicted-cpu', namespace: 'shop' }],
  ['///', { path: '///' }],
])('outer slashes of %s do not change what is asked leave for', (url, question) => {
  expect(parseTarget(url)?.asked.question).toMatchObject(question);
});

test.each([
  ['9223372036854775807', true],
  ['-9223372036854775808', true],
  [`+${'0'.repeat(100)}1`, true],
  ['0', true],
  ['9223372036854775808', false],
  ['-9223372036854775809', false],
  ['1'.repeat(20), false],
  ['1.0', false],
])('a limit of %s is a number of 64 bits: %s', (limit, ok) => {
  const target = parseTarget(`${METRIC}?limit=${encodeURIComponent(limit)}`);
  expect(target?.route).toMatchObject({ kind: 'metric', options: { ok } });
});
