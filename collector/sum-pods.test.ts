import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComponentPods } from '../domain/pod-usage.ts';
import { bytes, cores } from '../domain/units.ts';
import { aSample, cart, TEN } from '../test/builders.ts';
import { sumPods } from './sum-pods.ts';

const pods = (about: Partial<ComponentPods>): ComponentPods => ({
  key: cart,
  replicasWanted: 2,
  replicasReady: 2,
  pods: [],
  ...about,
});
const using = (cpu: number, memory: number) => ({
  name: `cart-${cpu}`,
  usage: { cpu: cores(cpu), memory: bytes(memory) },
});

test('usage is summed over the pods', () => {
  expect(sumPods(pods({ pods: [using(0.25, 100), using(0.5, 200)] }), TEN)).toEqual(
    aSample({ cpu: cores(0.75), memory: bytes(300) }),
  );
});

test('a component wanted at no replicas is a sample of zero', () => {
  expect(sumPods(pods({ replicasWanted: 0, replicasReady: 0 }), TEN)).toEqual(
    aSample({ cpu: cores(0), memory: bytes(0), replicasReady: 0 }),
  );
});

test.each([
  ['pods that are wanted but do not exist yet', pods({})],
  ['pods that run but are not reported', pods({ pods: [{ name: 'a' }, { name: 'b' }] })],
  ['a last pod that ends unreported', pods({ replicasWanted: 0, pods: [{ name: 'a' }] })],
])('%s are no sample, never a zero', (_, given) => {
  expect(sumPods(given, TEN)).toBeUndefined();
});

test('a pod that is not reported is counted as missing', () => {
  expect(sumPods(pods({ pods: [using(0.5, 200), { name: 'young' }] }), TEN)).toEqual(
    aSample({ cpu: cores(0.5), memory: bytes(200), podsMissing: 1 }),
  );
});

test('a report that is no number counts as missing', () => {
  const sample = sumPods(pods({ pods: [using(0.5, 200), using(Number.NaN, 1)] }), TEN);
  expect(sample).toEqual(aSample({ cpu: cores(0.5), memory: bytes(200), podsMissing: 1 }));
});

test('a sum over less than half of the pods is no sample: it would be far too low', () => {
  const usage = { cpu: cores(1), memory: bytes(1) };
  const silent = { name: 'b' };
  expect(sumPods(pods({ pods: [{ name: 'a', usage }, silent, silent] }), TEN)).toBeUndefined();
  expect(sumPods(pods({ pods: [{ name: 'a', usage }, silent] }), TEN)?.podsMissing).toBe(1);
});

test('every pod is either in the sum or missing', () => {
  const one = fc.record(
    {
      name: fc.constant('p'),
      usage: fc.record({
        cpu: fc.nat({ max: 1024 }).map((n) => cores(n / 1024)),
        memory: fc.nat().map(bytes),
      }),
    },
    { requiredKeys: ['name'] },
  );
  fc.assert(
    fc.property(fc.array(one, { minLength: 1 }), (given) => {
      const sample = sumPods(pods({ pods: given }), TEN);
      const reported = given.filter(({ usage }) => usage !== undefined);
      const isKnown = reported.length * 2 >= given.length && reported.length > 0;
      expect(sample !== undefined).toBe(isKnown);
      fc.pre(isKnown);
      expect(sample?.podsMissing).toBe(given.length - reported.length);
      expect(sample?.cpu).toBe(reported.reduce((sum, { usage }) => sum + usage!.cpu, 0));
    }),
  );
});
