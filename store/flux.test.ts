import { expect, test } from 'vitest';
import { days, epochMs } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import {
  conditionsOf,
  inRange,
  is,
  isEmpty,
  isField,
  isKey,
  isMeasurement,
  keep,
  last,
  newestFirst,
} from './flux.ts';

const window = { from: TEN, to: epochMs(TEN + days(1)) };

test('a query names its bucket, both ends, what it wants and what is sent', () => {
  const usage = [isMeasurement('usage'), isField('cpu_cores')];
  expect(inRange('history', window, ...usage) + last + keep('_time', '_value')).toBe(
    'from(bucket: "history")' +
      ' |> range(start: time(v: 1795514400000000000), stop: time(v: 1795600800000000000))' +
      ' |> filter(fn: (r) => r._measurement == "usage" and r._field == "cpu_cores")' +
      ' |> last() |> keep(columns: ["_time", "_value"])',
  );
  expect(newestFirst(50)).toBe(
    ' |> group() |> sort(columns: ["_time"], desc: true) |> limit(n: 50)',
  );
});

test('what is between two milliseconds belongs to the later one, at both ends', () => {
  const between = { from: epochMs(0.5), to: epochMs(1.5) };
  expect(inRange('b', between, 'true')).toContain(
    'start: time(v: 1000000), stop: time(v: 2000000)',
  );
  expect(isEmpty({ from: epochMs(0.5), to: epochMs(0.75) })).toBe(true);
  expect(isEmpty(between)).toBe(false);
});

test('times that InfluxDB has not are its first and last', () => {
  const always = { from: epochMs(-1e18), to: epochMs(1e18) };
  expect(inRange('b', always, 'true')).toContain(
    'start: time(v: -9223372036854775807), stop: time(v: 9223372036854775807)',
  );
});

test('a text is a text, whatever is in it', () => {
  expect(is('name', 'x" or true // ${1} \\')).toBe(String.raw`r.name == "x\" or true // \${1} \\"`);
});

test('many names are asked for by namespace, 200 at a time, and a dot is a dot', () => {
  const names = Array.from({ length: 201 }, (_, index) => `part-${index}`);
  const keys = [...names, 'part-0'].map((component) => ({ namespace: 'shop', component }));
  const conditions = conditionsOf([{ namespace: 'other', component: 'a.b-c' }, ...keys]);
  expect(conditions.map((condition) => condition.split('|').length)).toEqual([1, 200, 1]);
  expect(conditions[0]).toBe(String.raw`r.namespace == "other" and r.component =~ /^(a\.b-c)$/`);
});

test.each(['x" or true', '${1}', '\\', 'a,b', 'a\nb', 'a|b', '.*', ''])(
  'a component called %j is refused before it is asked for',
  (component) => {
    expect(() => conditionsOf([{ namespace: 'shop', component }])).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  },
);

test('one component is asked for by both its names', () => {
  expect(isKey({ namespace: 'shop', component: 'cart' })).toBe(
    'r.namespace == "shop" and r.component == "cart"',
  );
});
