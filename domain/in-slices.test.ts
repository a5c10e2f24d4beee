import { expect, test } from 'vitest';
import { inSlices } from './in-slices.ts';

const numbers = Array.from({ length: 1200 }, (_, index) => index);

test('every item is met once, in order', async () => {
  const met: number[] = [];
  await inSlices(numbers, (number) => met.push(number));
  expect(met).toEqual(numbers);
});

test('others have a turn after each 500', async () => {
  let met = 0;
  const turns: number[] = [];
  const stop = new AbortController();
  const look = (): void => {
    turns.push(met);
    if (!stop.signal.aborted) setImmediate(look);
  };
  setImmediate(look);
  await inSlices(numbers, () => (met += 1));
  stop.abort();
  expect(turns.filter((seen) => seen > 0 && seen < numbers.length)).toContain(500);
});
