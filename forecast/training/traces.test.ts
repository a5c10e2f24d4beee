import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { augmented } from './augment.ts';
import { readTraces } from './traces.ts';

const START = 900_000_000;
const DAYS = 9;

/** Two columns of nine days: the second begins a day later and lacks a row. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'traces-'));
  const rows = Array.from({ length: DAYS * 96 }, (_, step) => {
    const second = step < 96 || step === 200 ? '' : String(step / 2);
    return `${START + step * 900},${step},${second}`;
  });
  writeFileSync(join(path, 'shop.csv'), `timestamp,a,b\n${rows.join('\n')}\n`);
  writeFileSync(join(path, 'README.md'), 'no table');
  return path;
}

test('a trace is read from its first value to four days before its last, gaps as gaps', () => {
  const [shop, ...others] = readTraces(folder());
  expect(others).toEqual([]);
  expect(shop?.name).toBe('shop');
  const [a, b] = shop?.examples ?? [];
  expect(a?.values).toEqual(Float64Array.from({ length: 5 * 96 }, (_, step) => step));
  expect(a?.clock).toBe(START / 900);
  expect(b?.values).toHaveLength(4 * 96);
  expect(b?.clock).toBe(START / 900 + 96);
  expect(b?.values[0]).toBe(48);
  expect(b?.observed.indexOf(0)).toBe(200 - 96);
});

test('augmenting changes shapes, never the size of the changes from day to day', () => {
  const random = seededRandom(2);
  const values = Float64Array.from({ length: 700 }, () => random());
  const example = { values, observed: new Uint8Array(700).fill(1), clock: 40 };
  const changes = (of: Float64Array) =>
    Array.from(of.slice(96), (value, index) => Math.abs(value - of[index]!));
  const expected = changes(values);
  let different = 0;
  for (let round = 0; round < 40; round += 1) {
    const other = augmented(example, random).values;
    if (Math.abs(other[5]! - values[5]!) > 1e-9) different += 1;
    for (const [index, change] of changes(other).entries()) {
      expect(change).toBeCloseTo(expected[index]!, 9);
    }
  }
  expect(different).toBeGreaterThan(5);
});
