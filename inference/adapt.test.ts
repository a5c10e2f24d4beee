import { expect, test } from 'vitest';
import { LEVELS } from '../domain/forecast.ts';
import { seededRandom } from '../domain/random.ts';
import { epochMs, hours, minutes, STEP, STEPS_A_DAY } from '../domain/units.ts';
import type { AdaptedLevel } from '../domain/use.ts';
import { quantileOf, type Vintage } from '../domain/vintage.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import { anIssue, cart, TEN } from '../test/builders.ts';
import { adapt, leadOf, type ClosedStep } from './adapt.ts';
import { issueId, snapshot } from './snapshot.ts';
import { useOf } from './use-of.ts';

const at = (step: number) => epochMs(TEN + step * STEP);
const said = (step: number, values: Float64Array): Vintage => ({
  key: cart,
  resource: 'cpu',
  lead: 1,
  at: at(step),
  issuedAt: at(step - 1),
  model: 'network',
  levels: LEVELS,
  values,
});
/** Level l is said to be l. */
const PLAIN = Float64Array.from(LEVELS);
const step = (index: number, truth: number): ClosedStep => ({
  at: at(index),
  said: said(index, PLAIN),
  truth,
});

test.each([
  ['a truth below it lowers the level a little', 0.5, 0.9 - 0.02 * 0.1],
  ['a truth above it raises it much', 0.95, 0.9 + 0.02 * 0.9],
])('%s', (_, truth, level) => {
  expect(adapt(undefined, 0.9, [step(0, truth)])).toEqual({
    target: 0.9,
    level: expect.closeTo(level, 12),
    seen: at(0),
  });
});

test('what was not observed, or learnt before, changes nothing', () => {
  const was: AdaptedLevel = { target: 0.9, level: 0.85, seen: at(5) };
  expect(adapt(was, 0.9, [])).toBe(was);
  expect(adapt(was, 0.9, [step(5, 9), step(4, 9)])).toBe(was);
  expect(adapt(was, 0.9, [step(6, 0), step(5, 9)])?.level).toBeCloseTo(0.848, 12);
});

test('steps count once, whether they come together or one by one', () => {
  const steps = [step(0, 0.95), step(1, 0.3), step(2, 0.97), step(3, 0.1)];
  const oneByOne = steps.reduce<AdaptedLevel | undefined>(
    (was, one) => adapt(was, 0.9, [one]),
    undefined,
  );
  expect(adapt(undefined, 0.9, steps.toReversed())).toEqual(oneByOne);
});

test('another target begins anew', () => {
  const was: AdaptedLevel = { target: 0.9, level: 0.8, seen: at(5) };
  expect(adapt(was, 0.95, [step(3, 0.5)])?.level).toBeCloseTo(0.95 - 0.02 * 0.05, 12);
  expect(adapt(was, 0.95, [])).toBeUndefined();
});

test('a level stays within its bounds', () => {
  const always = (truth: number) =>
    adapt(
      undefined,
      0.9,
      Array.from({ length: 2000 }, (_, index) => step(index, truth)),
    );
  expect(always(0)?.level).toBeCloseTo(0.75, 12);
  expect(always(9)?.level).toBeCloseTo(0.999, 12);
});

test.each([
  [5, 1],
  [15, 1],
  [16, 2],
  [45, 4],
  [60, 4],
])('a lead time of %d minutes is learnt from lead %d', (time, lead) => {
  expect(leadOf(minutes(time))).toBe(lead);
});

const WEEKS = 14 * STEPS_A_DAY;
/** Standard normal by twelve uniforms. */
const normal = (random: () => number): number =>
  Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);
/** Normal quantiles at the levels. */
const Z = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816, 1.6449, 2.3263];

/** Whether each truth lay below what was read, for a forecast that is wrong by `width` and `bias` from `from` on. */
function played(
  seed: number,
  steps: number,
  wrong: (index: number) => [number, number],
): boolean[] {
  const random = seededRandom(seed);
  let state: AdaptedLevel | undefined;
  return Array.from({ length: steps }, (_, index) => {
    const [width, bias] = wrong(index);
    const vintage = said(
      index,
      Float64Array.from(Z, (z) => z * width + bias),
    );
    const truth = normal(random);
    const wasBelow = truth <= quantileOf(vintage, state?.level ?? 0.9);
    state = adapt(state, 0.9, [{ at: at(index), said: vintage, truth }]);
    return wasBelow;
  });
}
const shareOf = (some: readonly boolean[]): number => some.filter(Boolean).length / some.length;

test('of 40 miscalibrated series most have their promised share over a fortnight', () => {
  const wrongs = Array.from({ length: 40 }, (_, index): [number, number] => [
    0.7 + (index % 8) * 0.1,
    -0.3 + Math.floor(index / 8) * 0.15,
  ]);
  const shares = wrongs.map((wrong, seed) =>
    shareOf(played(seed + 1, WEEKS + 192, () => wrong).slice(192)),
  );
  const inBand = shares.filter((share) => share >= 0.88 && share <= 0.92).length;
  expect(inBand / shares.length).toBeGreaterThanOrEqual(0.8);
});

test('two days after a change the promised share is back', () => {
  const change = 5 * STEPS_A_DAY;
  const shares = Array.from({ length: 20 }, (_, seed) =>
    played(seed + 1, change + 8 * STEPS_A_DAY, (index) => (index < change ? [1, 0] : [1, -0.5])),
  );
  const after = shares.map((some) => shareOf(some.slice(change + 2 * STEPS_A_DAY)));
  expect(shareOf(after.map((share) => share >= 0.88 && share <= 0.92))).toBeGreaterThanOrEqual(0.8);
});

test('a clock that jumped forward and back does not put learning off', () => {
  const issue = packIssue(anIssue());
  const rules = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
  const known = {
    snapshot: snapshot(
      TEN,
      new Map([[issueId(cart, 'cpu'), { issue, seenAt: TEN }]]),
      new Map(),
      rules,
    ),
    scores: [],
    lessons: new Map(),
    level: 0.9,
    now: TEN,
  };
  const adapted = { target: 0.9, level: 0.88, seen: epochMs(TEN + hours(24)) };
  expect(useOf({ key: cart, cpu: { adapted } }, known).cpu).toEqual({
    adapted: { ...adapted, seen: TEN },
  });
});
