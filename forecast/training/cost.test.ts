import { expect, test } from 'vitest';
import { costOf } from './cost.ts';

const factors = { wattsPerCore: 10, powerUsageEffectiveness: 1.2, gramsPerKilowattHour: 475 };
const own = { cpuSeconds: 10, wallSeconds: 30, rssBytes: 1e8 };
const children = { cpuSeconds: 50, maxRssBytes: 2.5e8 };

test('a minute of CPU time is 0.2 Wh and 0.095 g', () => {
  expect(costOf(own, children, 200, factors)).toEqual({
    cpuSeconds: 60,
    wallSeconds: 30,
    series: 200,
    seriesPerCpuSecond: 3.333,
    maxRssBytes: 2.5e8,
    wattHours: 0.2,
    gramsCo2e: 0.095,
    method: 'cpu-time',
  });
});

test('where the processors tell, it is the share of what they measured', () => {
  const machine = { joules: 3600, cpuSeconds: 120 };
  expect(costOf({ ...own, machine }, children, 200, factors)).toMatchObject({
    wattHours: 0.6,
    gramsCo2e: 0.285,
    method: 'rapl',
  });
});

test.each([
  ['no energy was counted', { joules: 0, cpuSeconds: 120 }],
  ['no CPU time was counted', { joules: 3600, cpuSeconds: 0 }],
])('where %s, it is reckoned', (_, machine) => {
  expect(costOf({ ...own, machine }, children, 200, factors).method).toBe('cpu-time');
});

test('a run of no time has no rate', () => {
  const nothing = { cpuSeconds: 0, maxRssBytes: 0 };
  expect(costOf({ ...own, cpuSeconds: 0 }, nothing, 0, factors).seriesPerCpuSecond).toBe(0);
});
