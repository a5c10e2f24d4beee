import { defineConfig } from 'vitest/config';

const notUnit = ['**/*.contract.test.ts', '**/*.e2e.test.ts'];
const elsewhere = ['**/node_modules/**', '**/.self-scaling/**'];

/** One project per ring, chosen by file suffix. */
export default defineConfig({
  test: {
    // By itself vitest leaves one core alone, and so half of a machine with two.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, ...notUnit],
        },
      },
      {
        test: {
          name: 'contract',
          include: ['**/*.contract.test.ts'],
          exclude: elsewhere,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: elsewhere,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Mostly they wait for a cluster: two at a time leave the cores enough to do.
          maxWorkers: 2,
        },
      },
    ],
  },
});
