import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity } from '../domain/quantity.ts';
import { bytes, cores } from '../domain/units.ts';
import { aWorkload, OPTIONS, annotated } from '../test/scaling.ts';
import { capacityOf, toTarget, type Capacity } from './capacity.ts';
import { settingsOf } from './component-settings.ts';

const MEBI = 2 ** 20;
const of = (workload = aWorkload(), observed: Capacity = {}): Capacity =>
  capacityOf(workload, settingsOf(workload, OPTIONS), OPTIONS, observed, undefined);
const asking = (cpu: number, memory = MEBI) =>
  aWorkload({ requests: { cpu: cores(cpu), memory: bytes(memory), missing: [] } });

test.each([
  ['75 % of 500m', asking(0.5).requests, 'cpu', '375m'],
  ['75 % of a third of a core, rounded down', asking(1 / 3).requests, 'cpu', '250m'],
  ['75 % of 72m, for which 53.99… is noise', asking(0.072).requests, 'cpu', '54m'],
  ['75 % of 1m is never 0', asking(0.001).requests, 'cpu', '1m'],
  ['75 % of 4 cores', asking(4).requests, 'cpu', '3'],
  ['80 % of 512Mi, rounded down', asking(1, 512 * MEBI).requests, 'memory', '409Mi'],
  ['80 % of 1 byte is never 0', asking(1, 1).requests, 'memory', '1Mi'],
  ['80 % of 5Gi', asking(1, 5120 * MEBI).requests, 'memory', '4Gi'],
] as const)('%s', (_, requests, resource, quantity) => {
  expect(toTarget(resource, of(aWorkload({ requests }))[resource] ?? Number.NaN)).toBe(quantity);
});

test('an annotation goes before the request, and the request before what was seen', () => {
  const workload = annotated({ 'capacity-cpu': '200m' });
  expect(of(workload, { cpu: 9, memory: 9 * MEBI })).toEqual({ cpu: 0.2, memory: 409 * MEBI });
});

test('what was seen stands in for a request; where nothing is known the resource is absent', () => {
  const workload = aWorkload({ requests: { missing: [] } });
  expect(of(workload, { cpu: 0.1234 })).toEqual({ cpu: 0.123 });
  expect(of(workload)).toEqual({});
});

test('a capacity is a whole number of steps, above 0, and never above what was planned', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (memory) => {
      const capacity = of(asking(1, memory)).memory ?? 0;
      expect(capacity % MEBI).toBe(0);
      expect(capacity).toBeGreaterThan(0);
      expect(capacity).toBeLessThanOrEqual(Math.max(MEBI, memory * 0.8));
      expect(parseQuantity(toTarget('memory', capacity))).toBe(capacity);
    }),
  );
});
