import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readinessOf } from './readiness.ts';
import { days, epochMs, hours, minutes, STEP, type EpochMs } from './units.ts';

const BEGAN = epochMs(Date.parse('2026-11-24T10:00:00Z'));
const MINIMUM = hours(24);
const at = (text: string): EpochMs => epochMs(Date.parse(text));
/** Observed from the beginning on, with a gap where `gap` says so. */
const seen = (buckets: number, gap: (index: number) => number = () => 0): Float64Array =>
  Float64Array.from({ length: buckets }, (_, index) => BEGAN + index * STEP + gap(index));
const after = (buckets: number) => epochMs(BEGAN + buckets * STEP + minutes(3));

describe('stages follow the observed time', () => {
  test.each([
    [7, 'waiting', 'first forecast at 2026-11-24T12:00:00Z'],
    [8, 'observing', 'usable from 2026-11-25T10:00:00Z'],
    [95, 'observing', 'usable from 2026-11-25T10:00:00Z'],
    [96, 'suggesting', 'weekdays known from 2026-12-02T10:00:00Z'],
    [191, 'suggesting', 'weekdays known from 2026-12-02T10:00:00Z'],
    [192, 'mixing', 'weekdays known from 2026-12-02T10:00:00Z'],
    [288, 'scored', 'weekdays known from 2026-12-02T10:00:00Z'],
    [767, 'scored', 'weekdays known from 2026-12-02T10:00:00Z'],
    [768, 'weekly', 'every weekday has been seen'],
  ])('%i buckets: %s, %s', (buckets, stage, reason) => {
    expect(readinessOf(seen(buckets), after(buckets), MINIMUM)).toEqual({
      stage,
      usableFrom: at('2026-11-25T10:00:00Z'),
      weeklyFrom: at('2026-12-02T10:00:00Z'),
      reason,
    });
  });

  test('nothing observed: no date is known', () => {
    expect(readinessOf(new Float64Array(0), BEGAN, MINIMUM)).toEqual({
      stage: 'waiting',
      reason: 'nothing has been observed yet',
    });
  });
});

test('a gap moves the dates that lie ahead by its length, and none that has passed', () => {
  const starts = seen(120, (index) => (index < 100 ? 0 : hours(5)));
  const { usableFrom, weeklyFrom } = readinessOf(starts, epochMs(after(120) + hours(5)), MINIMUM);
  expect(usableFrom).toBe(at('2026-11-25T10:00:00Z'));
  expect(weeklyFrom).toBe(at('2026-12-02T15:00:00Z'));
});

test('a gap that lasts moves them on', () => {
  const of = (now: EpochMs) => readinessOf(seen(20), now, MINIMUM).usableFrom;
  expect(of(epochMs(after(20) + hours(3)))).toBe(of(after(20))! + hours(3));
});

test('a longer minimum is observed longer, and nothing acts before it', () => {
  expect(readinessOf(seen(300), after(300), days(4))).toMatchObject({
    stage: 'observing',
    usableFrom: at('2026-11-28T10:00:00Z'),
  });
});

test('what has been reached is never lost by observing more', () => {
  const order = ['waiting', 'observing', 'suggesting', 'mixing', 'scored', 'weekly'];
  fc.assert(
    fc.property(fc.nat(900), (buckets) => {
      const [less, more] = [buckets, buckets + 1].map((count) =>
        order.indexOf(readinessOf(seen(count), after(count), MINIMUM).stage),
      );
      expect(more).toBeGreaterThanOrEqual(less!);
    }),
  );
});
