import { expect, test } from 'vitest';
import { durationMs, seconds } from '../domain/units.ts';
import { progressOf } from './progress.ts';

/** What was written while `total` pieces took `each` milliseconds. */
function written(total: number, each: number, isTTY: boolean): string[] {
  const texts: string[] = [];
  let now = 0;
  const terminal = { isTTY, write: (text: string) => texts.push(text) };
  const tell = progressOf('backtest', total, terminal, { monotonic: () => durationMs(now) });
  for (let done = 1; done <= total; done += 1) {
    now += each;
    tell(done, 'cart');
  }
  return texts;
}

test('a file gets a plain line at each tenth', () => {
  const lines = written(100, 10, false);
  expect(lines).toHaveLength(10);
  expect(lines[2]).toBe('backtest 30/100 cart  100.0/s  1 s left\n');
});
test('a file gets a plain line every ten seconds when a tenth takes longer', () => {
  expect(written(10, seconds(10), false)).toHaveLength(10);
  expect(written(1000, seconds(1), false)).toHaveLength(100);
});
test('a terminal gets one line, redrawn ten times a second at most, and ended when all is done', () => {
  const texts = written(100, 10, true);
  expect(texts).toHaveLength(10);
  expect(texts.every((text) => text.startsWith('\r\u001B[K'))).toBe(true);
  expect(texts.map((text) => text.endsWith('\n'))).toEqual([...Array(9).fill(false), true]);
});
