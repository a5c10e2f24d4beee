import { expect, test } from 'vitest';
import { knownTargets } from './known-targets.ts';
import { parseTarget } from './routes.ts';

const target = parseTarget('/version')!;

test('what was kept is known, and the oldest is forgotten first', () => {
  const targets = knownTargets(2);
  for (const url of ['/a', '/b', '/c']) targets.keep(url, target, 200);
  expect(['/a', '/b', '/c'].map((url) => targets.get(url))).toEqual([undefined, target, target]);
});

test('what was refused is not kept', () => {
  const targets = knownTargets();
  for (const code of [401, 403, 404, 503]) targets.keep('/a', target, code);
  expect(targets.get('/a')).toBeUndefined();
});

test('a long URL is not kept', () => {
  const targets = knownTargets();
  targets.keep(`/${'a'.repeat(512)}`, target, 200);
  expect(targets.get(`/${'a'.repeat(512)}`)).toBeUndefined();
});
