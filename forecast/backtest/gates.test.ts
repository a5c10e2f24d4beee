import { expect, test } from 'vitest';
import { missedGates, parseGate } from './gates.ts';
import { backtestReport } from './report.ts';

const nothing = backtestReport([], []).chosen;
const chosen = { ...nothing, relSQL: 0.7, cov80: 0.8, within110: 0.97 };

test.each([
  ['relSQL=0.7', []],
  ['relSQL=0.64', ['gate relSQL=0.64 is missed: relSQL is 0.7000']],
  ['within110=0.98', ['gate within110=0.98 is missed: within110 is 0.9700']],
  ['within110=0.9', []],
  ['cov80=0.78..0.82', []],
  ['cov80=0.81..0.82', ['gate cov80=0.81..0.82 is missed: cov80 is 0.8000']],
  ['worst=2', ['gate worst=2 is missed: worst is not known']],
])('gate %s', (text, missed) => {
  expect(missedGates([parseGate(text)], chosen)).toEqual(missed);
});
test.each([
  ['relsql=0.64', 'write one of relSQL'],
  ['relSQL', 'is not understood'],
  ['relSQL=much', 'is not understood'],
  ['cov80=0.8', 'needs both ends'],
])('%s is no gate', (text, message) => {
  expect(() => parseGate(text)).toThrow(message);
});
