import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  averageValueReplicas,
  highestProposal,
  utilizationReplicas,
  type PodTally,
} from './replicas.ts';

const tolerance = { up: 0.1, down: 0.1 };

describe('an External metric', () => {
  test.each([
    ['a need inside the tolerance keeps what exists', 1100, 100, 10, 10],
    ['a need just outside is rounded up', 1101, 100, 10, 12],
    ['a whole number of pods is not rounded up', 900, 300, 1, 3],
    ['without pods the tolerance plays no part', 450, 100, 0, 5],
    ['nothing at all needs none', 0, 100, 4, 0],
  ])('%s', (_, total, each, existing, replicas) => {
    expect(averageValueReplicas(total, each, existing, tolerance)).toBe(replicas);
  });
});

describe('a Resource metric', () => {
  /** Four pods that ask for 1000 each and use as much as is aimed at. */
  const calm: PodTally = { counted: 4, usage: 3000, unready: 0, missing: 0, request: 1000 };
  const after = (pods: Partial<PodTally>, wanted = 4, target = 75) =>
    utilizationReplicas({ ...calm, ...pods }, target, wanted, tolerance);

  test.each<[string, Partial<PodTally>, number | undefined]>([
    ['content: nothing changes', {}, 4],
    ['twice the target doubles the pods', { usage: 6000 }, 8],
    ['per cent are cut: 82.99 % is 82 %, inside the tolerance', { usage: 3319 }, 4],
    ['83 % is outside', { usage: 3320 }, 5],
    [
      'without a pod that counts there is no metric',
      { counted: 0, usage: 0, unready: 4 },
      undefined,
    ],
    ['pods that are starting count as idle on the way up', { usage: 6000, unready: 2 }, 8],
    ['and hold a rise that they will carry', { usage: 4000, unready: 1 }, 4],
    ['and never turn it', { usage: 4000, unready: 4 }, 4],
    ['pods that are starting play no part on the way down', { usage: 1500, unready: 2 }, 2],
    ['pods without a report count as idle on the way up', { usage: 6000, missing: 2 }, 8],
    ['and as full on the way down', { counted: 3, usage: 1200, missing: 1 }, 3],
    ['which may keep what there is', { counted: 3, usage: 1800, missing: 1 }, 4],
    ['exactly on target, they are not asked', { missing: 3 }, 4],
  ])('%s', (_, pods, replicas) => {
    expect(after(pods)).toBe(replicas);
  });

  test('above a target of 100 % a pod without a report is as full as the target', () => {
    expect(after({ counted: 3, usage: 1500, missing: 1 }, 4, 150)).toBe(2);
    expect(after({ counted: 3, usage: 3000, missing: 1 }, 4, 150)).toBe(3);
  });

  test('more pods than wanted never raise a proposal on the way down', () => {
    expect(after({ counted: 8, usage: 4800 }, 4)).toBe(7);
    expect(after({ counted: 8, usage: 3200, missing: 1 }, 4)).toBe(4);
  });
});

describe('several metrics', () => {
  test.each<[string, (number | undefined)[], number | undefined]>([
    ['the highest wins', [3, 7, 5], 7],
    ['a failed one does not hinder a rise', [undefined, 7], 7],
    ['a failed one does not hinder staying', [undefined, 4], 4],
    ['a failed one hinders a fall', [undefined, 3], undefined],
    ['all failed: nothing happens', [undefined, undefined], undefined],
  ])('%s', (_, proposals, highest) => {
    expect(highestProposal(proposals, 4)).toBe(highest);
  });

  test('at one target a forecast beside usage never asks for fewer pods than usage alone', () => {
    fc.assert(
      fc.property(
        fc.record({ usage: fc.nat(40_000), pods: fc.integer({ min: 1, max: 40 }) }),
        fc.nat(40_000),
        ({ usage, pods }, forecast) => {
          const tally = { counted: pods, usage, unready: 0, missing: 0, request: 1000 };
          const reactive = utilizationReplicas(tally, 75, pods, tolerance);
          const external = averageValueReplicas(forecast, 750, pods, tolerance);
          expect(highestProposal([external, reactive], pods)).toBeGreaterThanOrEqual(reactive ?? 0);
        },
      ),
    );
  });
});
