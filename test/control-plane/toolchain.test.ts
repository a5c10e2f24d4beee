import { expect, test } from 'vitest';
import { isNewEnough } from './toolchain.ts';

test.each([
  ['go1.26', true],
  ['go1.26.8', true],
  ['go1.30rc1', true],
  ['go2.0', true],
  ['devel go1.27-abcdef', true],
  ['go1.25.9', false],
  ['go1.9', false],
  [undefined, false],
])('%s can build the programs: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
