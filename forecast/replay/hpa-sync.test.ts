import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import type { HpaSpec } from '../../domain/hpa.ts';
import { bytes, cores, epochMs, seconds } from '../../domain/units.ts';
import { syncHpa, type Observed } from './hpa-sync.ts';
import type { Proposal } from './stabilization.ts';

const rules = { stabilizationWindowSeconds: 0, selectPolicy: 'Max' as const, policies: [] };
const spec: HpaSpec = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
  minReplicas: 1,
  maxReplicas: 20,
  metrics: [
    {
      type: 'External',
      external: {
        metric: { name: 'predicted-cpu', selector: { matchLabels: { component: 'cart' } } },
        target: { type: 'AverageValue', averageValue: '300m' },
      },
    },
    {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 75 } },
    },
  ],
  behavior: { scaleUp: rules, scaleDown: { ...rules, stabilizationWindowSeconds: 300 } },
};
/** Four ready pods of 0.4 cores that use 75 % of them; the forecast is four pods' worth as well. */
const calm: Observed = {
  wanted: 4,
  existing: 4,
  ready: 4,
  requests: { cpu: cores(0.4), memory: bytes(2 ** 28), missing: [] },
  usage: { cpu: cores(1.2), memory: bytes(2 ** 29) },
  external: () => 1.2,
};
const sync = (about: Partial<Observed>, of = spec, earlier: readonly Proposal[] = []) =>
  syncHpa(of, { ...calm, ...about }, earlier, TEN);
const usage = (cpu: number) => ({ cpu: cores(cpu), memory: bytes(2 ** 29) });

test.each<[string, Partial<Observed>, number]>([
  ['nothing changes when both metrics are content', {}, 4],
  ['a forecast of 2.7 cores at 0.3 a pod asks for nine', { external: () => 2.7 }, 9],
  [
    'a whole number of pods is not rounded up by arithmetic',
    { wanted: 1, existing: 1, ready: 1, external: () => 0.9, usage: usage(0.1) },
    3,
  ],
  ['usage twice the target doubles the pods', { usage: usage(2.4) }, 8],
  ['the higher of two proposals wins', { usage: usage(2.4), external: () => 1.8 }, 8],
  ['a need within a tenth is tolerated', { external: () => 1.3 }, 4],
  ['both lower: fewer pods', { usage: usage(0.6), external: () => 0.6 }, 2],
  ['usage holds what the forecast would let go', { external: () => 0.3 }, 4],
  ['without a forecast nothing goes down', { external: () => undefined, usage: usage(0.3) }, 4],
  ['without a forecast usage still scales up', { external: () => undefined, usage: usage(2.4) }, 8],
  ['without usage a forecast still scales up', { usage: undefined, external: () => 2.7 }, 9],
  ['without anything nothing happens', { usage: undefined, external: () => undefined }, 4],
  ['never above the maximum', { external: () => 99 }, 20],
  [
    'no replicas means scaling is disabled',
    { wanted: 0, existing: 0, ready: 0, external: () => 9 },
    0,
  ],
])('%s', (_, about, replicas) => {
  expect(sync(about).replicas).toBe(replicas);
});

test('below the minimum it goes there without asking a metric', () => {
  const more = { ...spec, minReplicas: 6 };
  expect(sync({ external: () => undefined }, more).replicas).toBe(6);
});

test('a tolerance of zero acts on the smallest need', () => {
  const strict = {
    ...spec,
    behavior: { ...spec.behavior, scaleUp: { ...rules, tolerance: '0' } },
  };
  expect(sync({ external: () => 1.21 }, strict).replicas).toBe(5);
});

describe('the way down', () => {
  const low = { usage: usage(0.3), external: () => 0.3 };
  const asked = (ago: number, replicas: number): Proposal => ({
    at: epochMs(TEN - seconds(ago)),
    replicas,
  });
  test.each([
    ['waits while more was asked for within five minutes', asked(299, 4), 4],
    ['goes as far as the highest of five minutes', asked(100, 3), 3],
    ['is free after five minutes', asked(300, 4), 1],
  ])('%s', (_, earlier, replicas) => {
    expect(sync(low, spec, [earlier]).replicas).toBe(replicas);
  });
  test('a refused metric is named', () => {
    expect(sync({ ...low, external: () => undefined })).toMatchObject({
      blockedBy: spec.metrics[0],
      because: 'no scale-down without predicted-cpu',
    });
  });
});
