import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { days, epochMs, hours, minutes, STEP } from '../../domain/units.ts';
import { shop, shopHistory } from './shop.ts';

const history = shopHistory(1, TEN);
const of = (name: string) => history.filter(({ key }) => key.component === name);
const cpuOf = (name: string): number[] => of(name).map(({ cpu }) => cpu);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const largest = (values: readonly number[]): number => Math.max(...values);
const between = (name: string, from: number, to: number): number[] =>
  of(name)
    .filter(({ start }) => start >= TEN + from && start < TEN + to)
    .map(({ cpu }) => cpu);

test('the same seed and opening give the same shop, another seed another', () => {
  expect(shopHistory(1, TEN, 1)).toEqual(shopHistory(1, TEN, 1));
  expect(shopHistory(2, TEN, 1)).not.toEqual(shopHistory(1, TEN, 1));
});

test('eight components have fourteen whole days, the newcomer ten hours', () => {
  const counts = Map.groupBy(history, ({ key }) => key.component);
  expect(Object.fromEntries([...counts].map(([name, buckets]) => [name, buckets.length]))).toEqual({
    web: 1344,
    cart: 1344,
    search: 1344,
    checkout: 1344,
    images: 1344,
    nightly: 1344,
    newcomer: 40,
    idle: 1344,
  });
});

test('buckets are whole, in order, aligned and end before the opening', () => {
  const web = of('web');
  expect(web.every(({ start, sampleCount }) => start % STEP === 0 && sampleCount === 15)).toBe(
    true,
  );
  expect(web.map(({ start }) => start)).toEqual(web.map((_, i) => TEN - (1344 - i) * STEP));
  expect(web.every(({ cpu, cpuMax, memory }) => cpu > 0 && cpuMax >= cpu && memory > 0)).toBe(true);
});

test('what was collected before the opening goes on after it, without a break', () => {
  const [web] = shop(1, TEN);
  const before = web!.usageAt(epochMs(TEN - minutes(1)))!.cpu;
  const after = web!.usageAt(TEN)!.cpu;
  expect(Math.abs(after - before) / before).toBeLessThan(0.05);
});

describe('each has its habits', () => {
  test('web rests at night and on Sunday', () => {
    const noon = days(-2) + hours(1); // Sunday 2026-11-22, 11:00
    expect(mean(between('web', days(-1) - hours(8), days(-1) - hours(5)))).toBeLessThan(1);
    expect(mean(between('web', noon, noon + hours(1)))).toBeLessThan(
      0.7 * mean(between('web', noon + days(1), noon + days(1) + hours(1))),
    );
  });
  test('search changes much from one minute to the next', () => {
    const changes = cpuOf('search').map((value, index, all) =>
      index === 0 ? 0 : Math.abs(value - all[index - 1]!) / value,
    );
    expect(mean(changes)).toBeGreaterThan(0.02);
  });
  test('checkout had one spike', () => {
    const high = cpuOf('checkout').map((value) => value > 3);
    const beginnings = high.filter((value, index) => value && !high[index - 1]);
    expect(beginnings).toHaveLength(1);
  });
  test('images has its peak at another hour for two days', () => {
    const peakHour = (from: number): number => {
      const day = between('images', from, from + days(1));
      return (10 + day.indexOf(largest(day)) / 4) % 24;
    };
    expect([days(-4), days(-1)].map(peakHour).map(Math.round)).toEqual([
      expect.closeTo(9, -0.5),
      expect.closeTo(17, -0.5),
    ]);
  });
  test('nightly works from two to half past three', () => {
    const busy = of('nightly').filter(({ cpu }) => cpu > 1);
    expect(
      busy.every(({ start }) => start % days(1) >= hours(2) && start % days(1) < hours(3.5)),
    ).toBe(true);
    expect(busy).toHaveLength(14 * 6);
  });
  test('idle does nothing', () => {
    expect(largest(cpuOf('idle'))).toBeLessThan(0.03);
  });
  test('the newcomer did not exist before', () => {
    const newcomer = shop(1, TEN).find(({ key }) => key.component === 'newcomer');
    expect(newcomer!.usageAt(epochMs(TEN - hours(11)))).toBeUndefined();
  });
});
