import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import type { ScalingRules } from '../../domain/hpa.ts';
import { epochMs, seconds, type EpochMs } from '../../domain/units.ts';
import { syncExactly, type HpaMemory, type HpaRules } from './hpa-rules.ts';

const later = (after: number): EpochMs => epochMs(TEN + seconds(after));
const bare: HpaRules = {
  minReplicas: 2,
  maxReplicas: 20,
  downscaleStabilization: seconds(300),
};
const rules = (of: Partial<ScalingRules>): ScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 900, periodSeconds: 15 }],
  ...of,
});
const having = (up: Partial<ScalingRules>, down: Partial<ScalingRules>): HpaRules => ({
  ...bare,
  behavior: { scaleUp: rules(up), scaleDown: rules(down) },
});
const freely = [{ type: 'Percent', value: 100, periodSeconds: 15 }] as const;

/** Proposals at seconds; what the replicas become, from 10 on. */
function play(of: HpaRules, asked: readonly (readonly [number, number | undefined])[], first = 10) {
  let memory: HpaMemory | undefined;
  let replicas = first;
  return asked.map(([at, proposal]) => {
    const decided = syncExactly(of, replicas, [proposal], memory, later(at));
    memory = decided.memory;
    replicas = decided.replicas;
    return replicas;
  });
}

describe('without a behavior', () => {
  test('the first sync remembers what it found, and 300 s still count', () => {
    expect(
      play(bare, [
        [0, 3],
        [299, 3],
        [300, 3],
        [301, 3],
      ]),
    ).toEqual([10, 10, 10, 3]);
  });
  test('also a rise is the highest of the window, doubled at most, and four are always allowed', () => {
    expect(
      play(
        bare,
        [
          [0, 9],
          [15, 7],
          [30, 5],
        ],
        2,
      ),
    ).toEqual([4, 8, 9]);
  });
  test('a metric that fails changes nothing and is no proposal', () => {
    expect(
      play(bare, [
        [0, undefined],
        [301, 5],
      ]),
    ).toEqual([10, 5]);
  });
});

test.each([
  ['below its minimum it goes there, whatever the metrics say', 1, 2],
  ['above its maximum it goes there', 25, 20],
  ['at none it is disabled', 0, 0],
])('%s', (_, first, replicas) => {
  expect(play(bare, [[0, undefined]], first)).toEqual([replicas]);
});

describe('with a behavior', () => {
  test('a fall waits for the highest of its window, which holds what is strictly younger', () => {
    const of = having({}, { stabilizationWindowSeconds: 60, policies: freely });
    expect(
      play(of, [
        [0, 12],
        [30, 4],
        [59, 4],
        [60, 4],
      ]),
    ).toEqual([12, 12, 12, 4]);
  });
  test('a rise waits for the lowest of its window', () => {
    const of = having({ stabilizationWindowSeconds: 60 }, {});
    expect(
      play(of, [
        [0, 15],
        [30, 14],
        [60, 16],
        [90, 17],
      ]),
    ).toEqual([10, 10, 14, 16]);
  });
  test('what rose within the period is not counted again', () => {
    const of = having({ policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] }, {});
    expect(
      play(of, [
        [0, 20],
        [30, 20],
        [60, 20],
      ]),
    ).toEqual([14, 14, 18]);
  });
  test('10 per cent a minute, measured from what was before the rise of the same minute', () => {
    const of = having({}, { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] });
    const tens = play(
      of,
      [
        [0, 20],
        [30, 2],
        [45, 2],
        [91, 2],
      ],
      16,
    );
    expect(tens).toEqual([20, 14, 14, 12]);
  });
  test('Min takes the slower policy, Disabled none', () => {
    const policies = [
      { type: 'Pods', value: 1, periodSeconds: 15 },
      { type: 'Percent', value: 50, periodSeconds: 15 },
    ] as const;
    const slow = having({ selectPolicy: 'Min', policies }, { selectPolicy: 'Min', policies });
    expect(
      play(slow, [
        [0, 20],
        [14, 2],
      ]),
    ).toEqual([11, 9]);
    const never = having({ selectPolicy: 'Disabled' }, { selectPolicy: 'Disabled' });
    expect(
      play(never, [
        [0, 20],
        [15, 2],
      ]),
    ).toEqual([10, 10]);
  });
  test('a rise older than its own longest period is forgotten by the next one, though a fall would count it', () => {
    const down = { policies: [{ type: 'Pods', value: 1, periodSeconds: 600 }] } as const;
    const of = having({ policies: [{ type: 'Pods', value: 3, periodSeconds: 15 }] }, down);
    const rise = [
      [0, 13],
      [20, 15],
    ] as const;
    // With both rises known, the period would have begun at 10, and the fall could go to 9.
    expect(play(of, [...rise, [40, 2]])).toEqual([13, 15, 12]);
  });
});

test('whatever is asked for, replicas stay within the bounds', () => {
  const proposal = fc.option(fc.nat(60), { nil: undefined });
  fc.assert(
    fc.property(fc.array(proposal, { maxLength: 40 }), fc.boolean(), (asked, isBare) => {
      const of = isBare ? bare : having({}, { policies: freely });
      const replicas = play(
        of,
        asked.map((one, sync) => [sync * 15, one]),
      );
      expect(replicas.every((one) => one >= 2 && one <= 20)).toBe(true);
    }),
  );
});
