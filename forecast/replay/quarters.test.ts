import { expect, test } from 'vitest';
import { packIssue } from '../../domain/packed-forecast.ts';
import { epochMs, minutes, seconds, STEP, type EpochMs } from '../../domain/units.ts';
import { cart, TEN } from '../../test/builders.ts';
import { quartersOf, servedFrom, stepsNeeded, truthOf } from './quarters.ts';

const later = (of: number): EpochMs => epochMs(TEN + minutes(of));
const trace = {
  name: 'cart',
  start: later(5),
  demand: Float64Array.from({ length: 160 }, (_, tick) => (tick < 40 ? 2 : 6)),
  observed: Uint8Array.from({ length: 160 }, (_, tick) => (tick >= 100 && tick < 155 ? 0 : 1)),
};

test('quarters are aligned, their means are of what was measured, and need half of it', () => {
  const { start, means, observed } = quartersOf(trace);
  expect(start).toBe(TEN);
  expect([...means]).toEqual([2, 6, 6]);
  expect([...observed]).toEqual([1, 1, 0]);
});

test('the truth is the highest mean of the quarters that the lead time meets', () => {
  const truth = truthOf(quartersOf(trace));
  expect(truth(0.5, minutes(5))(later(9))).toBe(2);
  expect(truth(0.5, minutes(5))(later(10))).toBe(6);
});

test('an issue is served from a minute after its quarter began until the next one is', () => {
  const asked: EpochMs[] = [];
  const served = servedFrom((origin) => {
    asked.push(origin);
    const forecast = {
      start: origin,
      step: STEP,
      levels: [0.5] as const,
      values: [Float64Array.of((origin - TEN) / STEP, 10, 20)],
    };
    const issued = { forecast, issuedAt: origin, model: 'm', run: 'r' };
    return packIssue({ key: cart, resource: 'cpu', issued });
  })(0.5, seconds(60));
  expect(served(later(15.5))).toBeCloseTo(10, 3);
  expect(served(later(16))).toBeCloseTo(1, 3);
  expect(asked.map((at) => (at - TEN) / minutes(1))).toEqual([0, 15]);
});

test('nothing issued is nothing served', () => {
  expect(servedFrom(() => undefined)(0.5, seconds(60))(TEN)).toBeUndefined();
});

test('a forecast reaches far enough until the next one is visible', () => {
  expect([0, 1, 14, 15, 60].map((lead) => stepsNeeded(minutes(lead)))).toEqual([3, 3, 3, 4, 7]);
});
