import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { minutes, seconds } from '../../domain/units.ts';
import { ratiosOf } from './cost.ts';
import { policyOf, type Foresight, type PolicyName } from './policies.ts';
import { quartersOf, truthOf } from './quarters.ts';
import { capacityOf, replay, warmUpOf, type Assumptions } from './replay.ts';
import type { Trace } from './trace.ts';

/** Demand by minute of the time that is scored; an hour of 7.5 cores lies before it. */
const traceOf = (...scored: readonly number[]): Trace => {
  const demand = Float64Array.from([...Array<number>(60).fill(7.5), ...scored].flatMap(fourTimes));
  return { name: 'cart', start: TEN, demand, observed: new Uint8Array(demand.length).fill(1) };
};
const fourTimes = (value: number): number[] => [value, value, value, value];
const assumed: Assumptions = {
  capacity: 1,
  podStart: seconds(120),
  minReplicas: 1,
  maxReplicas: 100,
  warmUp: 240,
};
const nothing: Foresight = () => () => undefined;
const always =
  (value: number): Foresight =>
  () =>
  () =>
    value;
const play = (trace: Trace, name: PolicyName, ours = nothing, assumptions = assumed) => {
  const ports = { ours, seasonalNaive: nothing, truth: truthOf(quartersOf(trace)) };
  return replay(trace, policyOf(name, ports, { lead: minutes(15) }), assumptions);
};

test('a calm demand needs no rescale, and pods are paid by the hour', () => {
  const cost = play(traceOf(...Array<number>(60).fill(7.5)), 'reactive');
  expect(cost).toMatchObject({ podHours: 10, shortMinutes: 0, rescales: 0, idleShare: 0.25 });
});

test('usage above its target by less than the tolerance adds no pod', () => {
  const calm = traceOf(...Array<number>(60).fill(7.5));
  const ports = { ours: nothing, seasonalNaive: nothing, truth: nothing };
  const podHoursAt = (upTolerance: number): number => {
    const options = { lead: minutes(15), resourceTarget: 70, upTolerance };
    return replay(calm, policyOf('reactive-tuned', ports, options), assumed).podHours;
  };
  expect(podHoursAt(0.1)).toBe(10);
  expect(podHoursAt(0.05)).toBeGreaterThan(10.9);
});

test('every tick that is scored is told', () => {
  const shown: number[] = [];
  const ports = { ours: nothing, seasonalNaive: nothing, truth: nothing };
  const trace = traceOf(7.5, 7.5, 30, 30);
  const policy = policyOf('reactive', ports, { lead: minutes(15) });
  replay(trace, policy, assumed, ({ demand }) => shown.push(demand));
  expect(shown).toEqual([7.5, 7.5, 30, 30].flatMap(fourTimes));
});

describe('a demand that doubles at once', () => {
  const step = traceOf(...Array<number>(30).fill(7.5), ...Array<number>(30).fill(15));
  test('reactive pods are late by the delay of metrics and by their start', () => {
    const cost = play(step, 'reactive');
    // First seen in part 30 s after the rise: 13 pods, which are ready 120 s later; the rest follows.
    expect(cost.shortMinutes).toBeGreaterThanOrEqual(2.5);
    expect(cost.shortMinutes).toBeLessThanOrEqual(6);
    expect(cost.worstShortMinutes).toBe(cost.shortMinutes);
    expect(cost.servedTicks).toBeCloseTo(1 - cost.shortMinutes / 60, 10);
  });
  test('whoever knew it is ready', () => {
    expect(play(step, 'oracle').shortMinutes).toBe(0);
    expect(play(step, 'predictive-safe', always(15)).shortMinutes).toBe(0);
  });
  test('a forecast below the demand does no harm', () => {
    const reactive = play(step, 'reactive');
    const cost = play(step, 'predictive-safe', always(0.1));
    expect(cost.shortMinutes).toBeLessThanOrEqual(reactive.shortMinutes);
  });
  test('the highest demand of the past, always, is not enough', () => {
    expect(play(step, 'static-peak')).toMatchObject({ podHours: 10, shortMinutes: 30 });
  });
  test('the maximum binds', () => {
    const cost = play(step, 'reactive', nothing, { ...assumed, maxReplicas: 12 });
    expect(cost.shortMinutes).toBe(30);
  });
});

test('without a forecast nothing is scaled down', () => {
  const falls = traceOf(...Array<number>(120).fill(1.5));
  const begun = { ...assumed, warmUp: 236 };
  expect(play(falls, 'predictive', nothing, begun).podHours).toBeGreaterThan(20);
  expect(play(falls, 'reactive', nothing, begun).podHours).toBeLessThan(7);
});

test('the bounds of the original go to the need of the forecast, and three above it', () => {
  const calm = traceOf(...Array<number>(60).fill(7.5));
  expect(play(calm, 'min-max', always(14.9)).podHours).toBeCloseTo(20, 5);
  expect(play(calm, 'min-max', always(1)).shortMinutes).toBeGreaterThan(50);
  expect(play(calm, 'min-max').podHours).toBe(10);
});

test('ticks without a measurement are not scored', () => {
  const trace = traceOf(...Array<number>(60).fill(7.5));
  trace.observed.fill(0, 240, 360);
  expect(play(trace, 'reactive').podHours).toBe(5);
});

test('usage above the limit of a pod is not seen', () => {
  const rises = traceOf(...Array<number>(10).fill(7.5), ...Array<number>(50).fill(60));
  const limited = play(rises, 'reactive', nothing, { ...assumed, limitRatio: 1 });
  expect(limited.shortMinutes).toBeGreaterThan(play(rises, 'reactive').shortMinutes);
});

test('a short trace gives half of itself to the warm-up, whose mean takes ten pods at 75 %', () => {
  const trace = traceOf(...Array<number>(60).fill(30));
  expect(warmUpOf(trace)).toBe(240);
  expect(capacityOf(trace, 240)).toBe(1);
});

test('ratios are of short minutes plus one', () => {
  const own = play(traceOf(...Array<number>(60).fill(7.5)), 'reactive');
  expect(ratiosOf({ ...own, shortMinutes: 1, podHours: 11 }, own)).toEqual({
    shortMinutes: 2,
    podHours: 1.1,
  });
});
