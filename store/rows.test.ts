import { expect, test } from 'vitest';
import { aBucket } from '../test/builders.ts';
import { gatheredPoints, numberOf, timeOf, toBucket, toScore } from './rows.ts';

const FIELDS = {
  cpu_cores: 0.5,
  cpu_cores_max: 0.75,
  memory_bytes: 2 ** 28,
  memory_bytes_max: 2 ** 29,
  replicas_ready: 2,
  pods_missing: 0,
  sample_count: 15,
};
const cellsOf =
  (row: Readonly<Record<string, string>>) =>
  (column: string): string =>
    row[column] ?? '';
const rowsOf = (fields: Readonly<Record<string, number>>, about: Record<string, string> = {}) =>
  Object.entries(fields).map(([field, value]) =>
    cellsOf({
      _time: '2026-11-24T10:00:00Z',
      namespace: 'shop',
      component: 'cart',
      _field: field,
      _value: String(value),
      ...about,
    }),
  );
const KEY = ['namespace', 'component'];

test('a bucket is put together from the rows of its fields', () => {
  const points = gatheredPoints(KEY);
  rowsOf(FIELDS).forEach(points.add);
  expect(points.each(toBucket)).toEqual([aBucket()]);
});

test('a bucket of which a field is missing is left out, not filled up', () => {
  const { sample_count: _, ...rest } = FIELDS;
  const points = gatheredPoints(KEY);
  rowsOf(rest).forEach(points.add);
  rowsOf(FIELDS, { component: 'api' }).forEach(points.add);
  expect(points.each(toBucket).map(({ key }) => key.component)).toEqual(['api']);
});

test('an empty cell is not zero', () => {
  expect(numberOf(cellsOf({ _value: '' }), '_value')).toBeUndefined();
  expect(numberOf(cellsOf({ _value: 'NaN' }), '_value')).toBeUndefined();
  expect(numberOf(cellsOf({ _value: '0' }), '_value')).toBe(0);
});

test('a time has its milliseconds', () => {
  expect(timeOf(cellsOf({ _time: '2026-11-24T10:00:00.007Z' }))).toBe(1_795_514_400_007);
  expect(() => timeOf(cellsOf({}))).toThrow('time');
});

test('a score of a resource that we do not know is left out', () => {
  const points = gatheredPoints([...KEY, 'resource', 'lead', 'model']);
  const fields = { mae: 1, mase: 1, pinball: 1, coverage: 1, skill: 1, n: 1 };
  rowsOf(fields, { resource: 'disk', lead: '004', model: 'naive' }).forEach(points.add);
  expect(points.each(toScore)).toEqual([]);
});
