import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { entryFor, parseTokens } from './tokens.ts';

const HASH = createHash('sha256').update('ss_one').digest('hex');

test('a token file is read line by line', () => {
  const file = `# who may\n\nops editor sha256:${HASH}\r\ngrafana  viewer  sha256:${HASH.toUpperCase()}\n`;
  expect(parseTokens(file)).toEqual([
    { name: 'ops', role: 'editor', sha256: HASH },
    { name: 'grafana', role: 'viewer', sha256: HASH },
  ]);
});

test('wrong lines are named all at once, by number and never by content', () => {
  const file = `ops editor ss_plain\nok viewer sha256:${HASH}\nroot admin sha256:${HASH}`;
  expect(() => parseTokens(file)).toThrow(
    'tokens file, line 1, 3: must be `name viewer|editor sha256:<64 hex digits>`',
  );
});

test('a token is known by its hash', () => {
  const entries = parseTokens(`ops editor sha256:${HASH}`);
  expect(entryFor('ss_one', entries)?.name).toBe('ops');
  expect(entryFor(HASH, entries)).toBeUndefined();
  expect(entryFor('', entries)).toBeUndefined();
});
