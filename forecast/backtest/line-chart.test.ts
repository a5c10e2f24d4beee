import { expect, test } from 'vitest';
import { lineChart } from './line-chart.ts';

const chart = (points: readonly (readonly [number, number | undefined])[]) =>
  lineChart({ title: 'a <b> & "c"', x: 'x', y: 'y', lines: [{ name: 'n', color: 'red', points }] });

test('a line begins at the lower left and ends at the upper right', () => {
  expect(
    chart([
      [0, 1],
      [1, 2],
    ]),
  ).toContain('<path d="M52.0,220.0L408.0,44.0" fill="none"');
});
test('a gap breaks the line', () => {
  expect(
    chart([
      [0, 1],
      [1, undefined],
      [2, 2],
    ]),
  ).toContain('d="M52.0,220.0M408.0,44.0"');
});
test('names are text, not markup', () => {
  expect(chart([])).toContain('a &lt;b> &amp; &quot;c&quot;');
});
test.each([
  ['nothing', []],
  ['one point', [[3, 3]]],
  [
    'a level',
    [
      [0, 5],
      [9, 5],
    ],
  ],
] as const)('%s has no place that is no number', (_, points) => {
  expect(chart(points)).not.toMatch(/NaN|Infinity|undefined/);
});
