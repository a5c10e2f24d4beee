import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aSample } from '../test/builders.ts';
import { toBuckets } from './bucket.ts';
import { bytes, cores, epochMs, STEP } from './units.ts';

const samples = fc.array(
  fc
    .record({
      at: fc.integer({ min: 0, max: 10 ** 8 }),
      cpu: fc.integer({ min: 0, max: 64 * 1024 }),
      memory: fc.nat(),
    })
    .map(({ at, cpu, memory }) =>
      aSample({ at: epochMs(at), cpu: cores(cpu / 1024), memory: bytes(memory) }),
    ),
);

describe('buckets', () => {
  test('do not depend on the order in which samples arrive', () => {
    const shape = (given: ReturnType<typeof toBuckets>) =>
      given.map(({ start, sampleCount, cpuMax }) => [start, sampleCount, cpuMax]);
    fc.assert(
      fc.property(samples, (given) => {
        expect(shape(toBuckets(given.toReversed(), STEP))).toEqual(shape(toBuckets(given, STEP)));
      }),
    );
  });
  test('lose no sample and count none twice', () => {
    fc.assert(
      fc.property(samples, (given) => {
        const counted = toBuckets(given, STEP).reduce(
          (sum, { sampleCount }) => sum + sampleCount,
          0,
        );
        expect(counted).toBe(given.length);
      }),
    );
  });
  test('have a mean between nothing and their busiest sample', () => {
    fc.assert(
      fc.property(samples, (given) => {
        for (const { cpu, cpuMax } of toBuckets(given, STEP)) {
          expect(cpu).toBeLessThanOrEqual(cpuMax + 1e-9);
          expect(cpu).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
  test('an empty quarter of an hour leaves a gap, not a zero', () => {
    const at = (minute: number) => epochMs(minute * 60_000);
    const given = [aSample({ at: at(1) }), aSample({ at: at(31) })];
    expect(toBuckets(given, STEP).map(({ start }) => start)).toEqual([at(0), at(30)]);
  });
  test('D09 constant usage has exactly its own mean', () => {
    const given = Array.from({ length: 50 }, (_, i) =>
      aSample({ at: epochMs(i * 60_000), cpu: cores(0.1) }),
    );
    expect(toBuckets(given, STEP).map(({ cpu }) => cpu)).toEqual([0.1, 0.1, 0.1, 0.1]);
  });
});
