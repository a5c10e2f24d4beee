import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

function counting(limit: number, longest: number) {
  const asked: string[] = [];
  const answer = remembered(limit, longest, (text) => {
    asked.push(text);
    return text.toUpperCase();
  });
  return { asked, answer };
}

test('the same question is answered from memory', () => {
  const { asked, answer } = counting(2, 10);
  expect([answer('a'), answer('a')]).toEqual(['A', 'A']);
  expect(asked).toEqual(['a']);
});

test('the oldest answer is forgotten when there are too many', () => {
  const { asked, answer } = counting(2, 10);
  for (const text of ['a', 'b', 'c', 'c', 'a']) answer(text);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('a long question is answered and not kept', () => {
  const { asked, answer } = counting(2, 1);
  expect([answer('ab'), answer('ab')]).toEqual(['AB', 'AB']);
  expect(asked).toEqual(['ab', 'ab']);
});
