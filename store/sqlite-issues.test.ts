import { describe, expect, test } from 'vitest';
import { cart } from '../test/builders.ts';
import { unpackIssues, type IssueRow } from './sqlite-issues.ts';

const aRow = (about: Partial<IssueRow> = {}): IssueRow => ({
  key: cart,
  resource: 'cpu',
  issuedAtMs: 1,
  startMs: 900_000,
  stepMs: 900_000,
  levels: '[0.5,0.9]',
  model: 'naive',
  run: 'train-1',
  scalesBytes: 8,
  unitsBytes: 4,
  ...about,
});

const bytesOf = (...arrays: readonly (Float32Array | Uint16Array)[]) =>
  Uint8Array.from(arrays.flatMap(({ buffer }) => [...new Uint8Array(buffer)]));

const scales = bytesOf(Float32Array.of(1, 2), Float32Array.of(3, 4));
const units = bytesOf(Uint16Array.of(5, 6), Uint16Array.of(7, 8));

describe('stored issues', () => {
  test('are views into what was handed over, and share their levels', () => {
    const { issues, misshapen } = unpackIssues({ rows: [aRow(), aRow()], scales, units });
    expect(misshapen).toBe(0);
    expect(issues.map((issue) => [[...issue.scales], [...issue.values]])).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
      [
        [3, 4],
        [7, 8],
      ],
    ]);
    expect(issues[0]?.levels).toBe(issues[1]?.levels);
    expect(issues[1]?.values.buffer).toBe(units.buffer);
  });

  test.each([
    ['resource is unknown', { resource: 'gpu' }],
    ['levels are none', { levels: '{}' }],
    ['levels are empty', { levels: '[]' }],
    ['levels are no JSON', { levels: '[' }],
    ['levels are no numbers', { levels: '["a","b"]' }],
    ['scales are not one a level', { levels: '[0.5]' }],
    ['scales are cut short', { scalesBytes: 7 }],
    ['units are cut short', { unitsBytes: 3 }],
    ['units are none', { unitsBytes: 0 }],
    ['units are no whole rows', { levels: '[0.1,0.5,0.9]', scalesBytes: 12, unitsBytes: 4 }],
  ])('an issue whose %s is left out, and those after it are whole', (_, about) => {
    const wrong = aRow(about);
    const parts = {
      rows: [wrong, aRow()],
      scales: bytesOf(Float32Array.of(1, 2, 3).subarray(0, 3)).subarray(0, wrong.scalesBytes),
      units: bytesOf(Uint16Array.of(5, 6)).subarray(0, wrong.unitsBytes),
    };
    const whole = (first: Uint8Array, second: Uint8Array) => Uint8Array.from([...first, ...second]);
    const { issues, misshapen } = unpackIssues({
      rows: parts.rows,
      scales: whole(parts.scales, scales.subarray(8)),
      units: whole(parts.units, units.subarray(4)),
    });
    expect(misshapen).toBe(1);
    expect(issues.map((issue) => [[...issue.scales], [...issue.values]])).toEqual([
      [
        [3, 4],
        [7, 8],
      ],
    ]);
  });
});
