import { expect, test } from 'vitest';
import { parseTrace } from './trace.ts';

const csv = (...rows: string[]): string => ['timestamp,value', ...rows, ''].join('\n');

test('each value is played until the next one, a tick each 15 s', () => {
  const { start, demand, observed } = parseTrace('cart', csv('60,1', '90,2.5', '120,-1'));
  expect(start).toBe(60_000);
  expect([...demand]).toEqual([1, 1, 2.5, 2.5, 0, 0]);
  expect([...observed]).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a trace that begins between two ticks begins at the later one', () => {
  const { start, demand } = parseTrace('cart', csv('61,1', '91,2', '121,3'));
  expect(start).toBe(75_000);
  expect([...demand]).toEqual([1, 1, 2, 2, 3]);
});

test('two missing steps are held and scored, three are held and not scored', () => {
  const short = parseTrace('cart', csv('0,1', '15,1', '30,4', '75,5', '90,6'));
  expect([...short.demand]).toEqual([1, 1, 4, 4, 4, 5, 6]);
  expect([...short.observed]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  const long = parseTrace('cart', csv('0,1', '15,1', '30,4', '90,5', '105,6'));
  expect([...long.demand]).toEqual([1, 1, 4, 4, 4, 4, 5, 6]);
  expect([...long.observed]).toEqual([1, 1, 1, 0, 0, 0, 1, 1]);
});

test('quotes, a byte order mark and carriage returns are no obstacle', () => {
  const { demand } = parseTrace('cart', '\uFEFF"timestamp","value"\r\n0,1\r\n15,1e1\r\n');
  expect([...demand]).toEqual([1, 10]);
});

test.each([
  ['another header', 'trace,step_s,start\n', 'begins with "trace,step_s,start"'],
  ['one row', csv('0,1'), 'fewer than two rows'],
  ['a word', csv('0,1', '15,much'), 'line 3: "15,much"; need two numbers'],
  ['nothing where a number should be', csv('0,1', '15,'), 'line 3'],
  ['rows that go back', csv('15,1', '0,1'), 'line 3: is not later than the row before'],
  ['a row twice', csv('15,1', '15,1'), 'line 3'],
  ['a step of an hour', csv('0,1', '3600,1'), 'a row every 3600 s'],
  ['a step of a second', csv('0,1', '1,1', '2,1'), 'a row every 1 s'],
  ['stamps in milliseconds', csv('0,1', '60,1', '120,1', '1760000000000,1'), 'epoch seconds?'],
])('refuses %s, with the place', (_, text, why) => {
  expect(() => parseTrace('cart', text)).toThrow(why);
});
