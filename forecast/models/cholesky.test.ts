import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cholesky } from './cholesky.ts';

test('solves what was multiplied', () => {
  const entry = fc.double({ min: -4, max: 4, noNaN: true });
  const problem = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      root: fc.array(entry, { minLength: size * size, maxLength: size * size }),
      solution: fc.array(entry, { minLength: size, maxLength: size }),
    }),
  );
  fc.assert(
    fc.property(problem, ({ root, solution }) => {
      const size = solution.length;
      const row = (index: number): number[] => root.slice(index * size, (index + 1) * size);
      const dot = (a: readonly number[], b: readonly number[]): number =>
        a.reduce((sum, value, index) => sum + value * b[index]!, 0);
      // A matrix times its transpose, and 1 on the diagonal, is positive definite.
      const matrix = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (__, j) => dot(row(i), row(j)) + (i === j ? 1 : 0)),
      );
      const right = Float64Array.from(matrix, (one) => dot(one, solution));
      cholesky(
        Float64Array.from(matrix.flat()),
        size,
      )(right).forEach((value, index) => expect(value).toBeCloseTo(solution[index]!, 6));
    }),
  );
});
