import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { designsOf, growth, shrinkage } from './design-rows.ts';
import {
  copyOfRows,
  freedomOf,
  noRows,
  penalised,
  rowsTimes,
  withRow,
} from './normal-equations.ts';

const random = seededRandom(3);
const rows = Array.from({ length: 672 }, () => Float64Array.of(1, random(), random() - 0.5));
const grid = { rows, from: 100, first: 300 };
const whole = new Uint8Array(700).fill(1);
const gappy = whole.map((_, step) => (step > 200 && step < 420 ? 0 : 1));

/** Row after row. */
function plainly(steps: number, observed: Uint8Array) {
  let sums = noRows(3);
  for (let step = 0; step < steps; step += 1) {
    if (observed[step] === 1) sums = withRow(sums, rows[(100 + step) % 672]!, growth(step));
  }
  return rowsTimes(copyOfRows(sums), shrinkage(steps));
}

test.each([
  ['without a gap', whole],
  ['with one', gappy],
])('the rows before an origin, %s, are those that were observed', (_, observed) => {
  const designs = designsOf(grid, observed);
  for (const steps of [300, 301, 324, 650, 333]) {
    expect(designs(steps).rows).toEqual(plainly(steps, observed));
  }
});

test('what is made once for all series of a length is not what a series with a gap gets', () => {
  const [first, second] = [designsOf(grid, whole), designsOf(grid, whole.slice(0, 650))];
  expect(second(600)).toBe(first(600));
  expect(designsOf(grid, gappy)(600).rows).not.toEqual(first(600).rows);
  expect(designsOf({ ...grid, from: 101 }, whole)(600).rows).not.toEqual(first(600).rows);
  expect(designsOf({ ...grid, first: 301 }, whole)(600).rows).toEqual(first(600).rows);
});

test('each penalty has its own solver and freedom', () => {
  const { rows: sums, solverFor, freedomFor } = designsOf(grid, whole)(400);
  const moment = Float64Array.of(3, -1, 2);
  for (const lambda of [0.1, 100, 0.1]) {
    const solve = penalised(sums, 3, lambda);
    expect(solverFor(lambda)(moment)).toEqual(solve(moment));
    expect(freedomFor(lambda)).toBe(freedomOf(sums, 3, solve));
  }
});

test('the last row counts once, one of a week ago half, and far ones as before the table ends', () => {
  expect(growth(999) * shrinkage(1000)).toBeCloseTo(1, 12);
  expect(growth(1000 - 673) * shrinkage(1000)).toBeCloseTo(0.5, 12);
  expect(growth(5000) / growth(4999)).toBeCloseTo(growth(1), 12);
});
