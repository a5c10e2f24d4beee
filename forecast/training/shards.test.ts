import { expect, test } from 'vitest';
import { isInShard, parseShard, WHOLE } from './shards.ts';

const keys = Array.from({ length: 1000 }, (_, index) => ({
  namespace: `n${index % 7}`,
  component: `c${index}`,
}));

test.each([1, 2, 3, 8, 17])('%i shards share the components, each to one', (of) => {
  const shares = Array.from({ length: of }, (_, index) =>
    keys.filter((key) => isInShard(key, { index, of })),
  );
  expect(shares.flat()).toHaveLength(keys.length);
  expect(new Set(shares.flat()).size).toBe(keys.length);
  expect(Math.max(...shares.map(({ length }) => length))).toBeLessThan((1.6 * keys.length) / of);
});

test('the whole is one shard', () => {
  expect(keys.every((key) => isInShard(key, WHOLE))).toBe(true);
});

test.each([
  ['0/3', { index: 0, of: 3 }],
  ['2/3', { index: 2, of: 3 }],
  ['3/3', undefined],
  ['1', undefined],
  ['-1/3', undefined],
  ['0/0', undefined],
])('%s', (text, shard) => {
  expect(parseShard(text)).toEqual(shard);
});
