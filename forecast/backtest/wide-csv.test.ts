import { describe, expect, test } from 'vitest';
import { readWideCsv } from './wide-csv.ts';

const read = (text: string) => {
  const reading = readWideCsv();
  for (const line of text.split('\n')) if (!reading.line(line)) break;
  return reading.end('usage.csv');
};
const AT = 1_381_336_200;
const column = (name: string, at: readonly number[], values: readonly number[]) => ({
  name,
  starts: Float64Array.from(at, (second) => second * 1000),
  values: Float64Array.from(values),
});

describe('a wide file', () => {
  test('is read into columns of what was observed; an empty cell and a missing row are gaps', () => {
    expect(read(`timestamp,a,b\n${AT},1,\n${AT + 2700},2,-1e-05\n`)).toEqual([
      column('a', [AT, AT + 2700], [1, 2]),
      column('b', [AT + 2700], [-1e-5]),
    ]);
  });
  test.each([
    ['a byte order mark and CRLF', `\uFEFFtimestamp,a\r\n${AT},1\r\n${AT + 900},2\r\n`, 'a'],
    [
      'quoted names, with commas and quotes',
      `timestamp,"a, ""b"""\n${AT},1\n${AT + 900},2`,
      'a, "b"',
    ],
    ['rows in any order', `timestamp,a\n${AT + 900},2\n${AT},1`, 'a'],
    ['spaces around cells', `timestamp, a\n${AT}, 1\n${AT + 900}, 2 `, 'a'],
  ])('may have %s', (_, text, name) => {
    expect(read(text)).toEqual([column(name, [AT, AT + 900], [1, 2])]);
  });
  test.each([
    ['nothing in it', '', 'line 1, column 1: a header is needed'],
    ['no header', `${AT},1`, 'line 1, column 1: a header is needed'],
    ['a series twice', `timestamp,a,b,a\n`, 'line 1, column 4: series "a" is there twice'],
    ['a word', `timestamp,a,b\n${AT},1,x`, 'line 2, column 3: "x" is not a number'],
    ['NaN', `timestamp,a\n${AT},NaN`, 'line 2, column 2: "NaN" is not a number'],
    ['hexadecimal', `timestamp,a\n${AT},0x10`, 'line 2, column 2: "0x10" is not a number'],
    ['infinity', `timestamp,a\n${AT},1e999`, 'line 2, column 2: "1e999" is not a number'],
    [
      'a duplicate',
      `timestamp,a\n${AT},1\n\n${AT},2`,
      `line 4, column 1: timestamp ${AT} is there twice; first in 2`,
    ],
    [
      'a step off the grid',
      `timestamp,a\n${AT + 60},1`,
      'line 2, column 1: 1381336260 is no multiple of 900 seconds',
    ],
    ['milliseconds', `timestamp,a\n${AT}000,1`, 'is too late; write epoch seconds'],
    ['a date', `timestamp,a\n2026-11-24,1`, '"2026-11-24" is not a timestamp'],
    ['a cell too many', `timestamp,a\n${AT},1,2`, 'line 2, column 3: 3 cells; the header has 2'],
    ['a cell too few', `timestamp,a,b\n${AT},1`, 'line 2, column 3: 2 cells; the header has 3'],
  ])('is refused with its place when it has %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
  test('is refused with its first problems together, and not with thousands', () => {
    const rows = Array.from({ length: 100 }, (_, index) => `${AT + index * 900},x`);
    const lines = readWideCsv();
    const taken = ['timestamp,a', ...rows].filter((line) => lines.line(line)).length;
    expect(taken).toBe(20);
    expect(() => lines.end('usage.csv')).toThrow(/^usage.csv cannot be read:(\nline \d+, .*){20}$/);
  });
});
