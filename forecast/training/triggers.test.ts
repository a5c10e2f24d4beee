import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { days, epochMs, hours } from '../../domain/units.ts';
import type { ComponentMemory, SeriesMemory } from './choice-memory.ts';
import { whyTune } from './triggers.ts';

const LOSSES = [0.7, 0.75, 0.7, 0.65, 0.7, 0.7];
const aSeries = (about: Partial<SeriesMemory> = {}): SeriesMemory => ({
  at: TEN,
  since: epochMs(TEN - days(28)),
  parts: [['network', 1]],
  losses: LOSSES,
  ...about,
});
/** Five components, both resources alike, the first of them different. */
const fleet = (about: Partial<SeriesMemory> = {}, different = 1, of = 5): ComponentMemory[] =>
  Array.from({ length: of }, (_, index) => {
    const series = aSeries(index < different ? about : {});
    return { cpu: series, memory: series };
  });
const weekAgo = epochMs(TEN - days(7));
const learnt = { learntAt: weekAgo, triedAt: weekAgo };

describe('the network is tuned', () => {
  test('the first time that ten series have a week of history', () => {
    const young = { since: epochMs(TEN - days(6)) };
    expect(whyTune({ remembered: fleet() }, TEN)).toBe('10 series have a week of history');
    expect(whyTune({ remembered: fleet(young) }, TEN)).toBeUndefined();
  });
  test('when losses have risen by more than a tenth', () => {
    const with2 = (loss: number) => ({ losses: [...LOSSES, loss, loss] });
    expect(whyTune({ remembered: fleet(with2(0.8), 5), ...learnt }, TEN)).toBe(
      'losses rose by 14 % in two days',
    );
    expect(whyTune({ remembered: fleet(with2(0.76), 5), ...learnt }, TEN)).toBeUndefined();
  });
  test('when more than a tenth of the series have changed', () => {
    const why = '20 % of the series have changed';
    const lately = epochMs(TEN - hours(30));
    expect(whyTune({ remembered: fleet({ driftedAt: lately }), ...learnt }, TEN)).toBe(why);
    expect(whyTune({ remembered: fleet({ changedAt: lately }), ...learnt }, TEN)).toBe(why);
    const long = { changedAt: epochMs(TEN - days(3)) };
    expect(whyTune({ remembered: fleet(long), ...learnt }, TEN)).toBeUndefined();
  });
  test('when a fifth of the series are newer than the weights', () => {
    const young = { since: epochMs(TEN - days(6)) };
    expect(whyTune({ remembered: fleet(young, 2, 10), ...learnt }, TEN)).toBe(
      '20 % of the series are newer than the weights',
    );
    expect(whyTune({ remembered: fleet(young, 1, 10), ...learnt }, TEN)).toBeUndefined();
  });
  test('when the weights are a month old', () => {
    const monthAgo = epochMs(TEN - days(30));
    const old = { since: epochMs(TEN - days(60)) };
    const state = { remembered: fleet(old, 5), learntAt: monthAgo, triedAt: monthAgo };
    expect(whyTune(state, TEN)).toBe('the weights are a month old');
  });
});

test('never twice in a day, and not without a reason', () => {
  const drifted = fleet({ driftedAt: TEN }, 5);
  const triedAt = epochMs(TEN - hours(23));
  expect(whyTune({ remembered: drifted, triedAt }, TEN)).toBeUndefined();
  expect(whyTune({ remembered: fleet(), ...learnt }, TEN)).toBeUndefined();
});
