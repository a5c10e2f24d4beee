import { expect, test } from 'vitest';
import { memo } from './memo.ts';
import { epochMs, seconds } from './units.ts';

const world = (limit = 10) => {
  let now = 0;
  let asked = 0;
  const memory = memo<number>(
    limit,
    () => seconds(10),
    () => epochMs(now),
  );
  const get = (key: string) => memory.get(key, async () => ++asked);
  return { get, memory, pass: (ms: number) => (now += ms), asked: () => asked };
};

test('callers who ask while an answer is under way share it', async () => {
  const { get, asked } = world();
  expect(await Promise.all([get('a'), get('a'), get('a')])).toEqual([1, 1, 1]);
  expect(asked()).toBe(1);
});

test('an answer holds for its time and no longer', async () => {
  const { get, pass } = world();
  expect(await get('a')).toBe(1);
  pass(9_999);
  expect(await get('a')).toBe(1);
  pass(1);
  expect(await get('a')).toBe(2);
});

test('a refused answer is not kept', async () => {
  const { memory, get } = world();
  await expect(memory.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await get('a')).toBe(1);
});

test('the oldest answer goes when there are too many', async () => {
  const { get, asked } = world(2);
  for (const key of ['a', 'b', 'c', 'a']) await get(key);
  expect(asked()).toBe(4);
});
