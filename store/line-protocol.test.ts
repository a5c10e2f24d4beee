import { expect, test } from 'vitest';
import { TEN } from '../test/builders.ts';
import { document, float, integer, line, readDocument, series, text } from './line-protocol.ts';

test('a point is a series, its fields and a time in milliseconds', () => {
  const start = series('usage', { component: 'cart', namespace: 'shop' });
  const fields = { cpu_cores: float(0.5), sample_count: integer(15), model: text('a "b" \\') };
  expect(line(start, fields, TEN)).toBe(
    String.raw`usage,component=cart,namespace=shop cpu_cores=0.5,sample_count=15i,model="a \"b\" \\" 1795514400000`,
  );
});

test.each([
  ['a short document is written as it is', JSON.stringify({ text: 'ü "quoted" \\ \n' })],
  ['a long one is compressed', JSON.stringify(Array.from({ length: 50_000 }, (_, i) => i % 100))],
])('%s, and read back equal', (_, json) => {
  const stored = document(json).slice(1, -1).replaceAll(/\\(.)/gs, '$1');
  expect(readDocument(stored)).toBe(json);
});

test('a document that is too long even when compressed is refused', () => {
  const digits = Array.from({ length: 200_000 }, (_, index) => Math.sin(index));
  expect(() => document(JSON.stringify(digits))).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('a damaged document is no JSON, and nothing else', () => {
  expect(readDocument('gzip:nonsense')).toBe('');
});
