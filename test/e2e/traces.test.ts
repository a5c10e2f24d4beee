import { expect, test } from 'vitest';
import { averaged, parseTrace, syntheticTrace, traceOf, valueAt } from './traces.ts';

const lines = 'timestamp,value\n0,1\n300,2\n600,3\n1200,5\n1500,6\n';

test('a row that is missing is a gap on the grid', () => {
  expect(parseTrace('a file', lines)).toEqual({
    source: 'a file',
    start: 0,
    stepMs: 300_000,
    values: [1, 2, 3, undefined, 5, 6],
  });
});

test('a file without rows is refused, not an empty trace', () => {
  expect(() => parseTrace('a file', 'timestamp,value\n')).toThrow('a file holds no trace');
});

test('the mean of a wider step leaves gaps out', () => {
  expect(averaged(parseTrace('a file', lines), 900_000).values).toEqual([2, 5.5]);
});

test('a synthetic trace has a rhythm of days: two Tuesdays are alike, noon and midnight are not', () => {
  const hourly = averaged(syntheticTrace(1), 3_600_000).values.map((value = 0) => value);
  const day = 24;
  expect(hourly[1 * day + 12]! / hourly[8 * day + 12]!).toBeCloseTo(1, 1);
  expect(hourly[1 * day + 19]! / hourly[1 * day + 2]!).toBeGreaterThan(2);
});

test('the same seed gives the same trace', () => {
  expect(syntheticTrace(7)).toEqual(syntheticTrace(7));
});

test('a trace laid over the present keeps its time of day, and begins again', () => {
  const trace = syntheticTrace(1);
  const length = trace.values.length * trace.stepMs;
  expect(valueAt(trace, 3 * length + 3_600_000)).toBe(trace.values[12]);
});

test('a trace is scaled to the peak that is asked for', () => {
  const { values } = traceOf('cart', 4);
  expect(Math.max(...values.map((value = 0) => value))).toBeCloseTo(4, 9);
});
