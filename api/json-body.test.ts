import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './json-body.ts';

const read = (text: string) => parseJson(new TextEncoder().encode(text));

test('whatever JSON there is, is read as it was written', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});

test('any bytes are read or refused, never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(typeof parseJson(bytes).ok).toBe('boolean');
    }),
  );
});

test.each([
  ['the same name twice', '{"a":1,"a":1}'],
  ['the same name twice, once escaped', '{"a":1,"\\u0061":1}'],
  ['the same name twice far down', '[{"x":[{"a":{},"b":"{","a":2}]}]'],
  ['the same name twice with blanks', '{"a" :1,"a"\n:1}'],
])('%s is refused: nobody can say which one counts', (_, text) => {
  expect(read(text)).toEqual({ ok: false, why: 'a name stands twice in one object' });
});

test.each([
  ['the same name in two objects', '[{"a":1},{"a":1}]'],
  ['a name again one level down', '{"a":{"a":1}}'],
  ['a value like the name', '{"a":"a","b":"a"}'],
  ['quotes, colons and brackets in strings', '{"a":"\\"a\\":{[","b":"\\\\"}'],
])('%s is fine', (_, text) => {
  expect(read(text).ok).toBe(true);
});

test('bytes that are no UTF-8 are refused, not replaced', () => {
  expect(parseJson(Uint8Array.of(0x22, 0x63, 0xff, 0x22))).toEqual({
    ok: false,
    why: 'not JSON in UTF-8',
  });
});

test('32 levels are enough for everybody', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect([read(nested(32)).ok, read(nested(33)).ok]).toEqual([true, false]);
});
