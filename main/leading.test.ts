import { expect, test } from 'vitest';
import type { ApiServiceObject } from '../apiservice/claim.ts';
import { refusal } from '../domain/errors.ts';
import { durationMs, seconds, type DurationMs } from '../domain/units.ts';
import { aFoundHpa, fakeHpas, wanted } from '../test/scaling.ts';
import { guardedApiService, guardedHpas, leaseGuard } from './leading.ts';

const { signal } = new AbortController();

/** A lease of which `left` remains; its time is up when the test says so. */
function leaseOf(left: DurationMs) {
  const late = new AbortController();
  const limits: DurationMs[] = [];
  const lease = { left };
  const guard = leaseGuard(
    () => lease.left,
    (limit) => {
      limits.push(limit);
      return late.signal;
    },
  );
  const runOut = (): void => late.abort(new DOMException('timed out', 'TimeoutError'));
  return Object.assign(lease, { limits, guard, runOut });
}

test.each([
  ['the whole lease', seconds(15), true],
  ['two seconds', seconds(2), true],
  ['a millisecond less', durationMs(1999), false],
  ['nothing', durationMs(0), false],
])('with %s left a write of an HPA begins, or not', async (_, left, begins) => {
  const found = aFoundHpa();
  const cluster = fakeHpas(found);
  const hpas = guardedHpas(cluster, leaseOf(left).guard);
  const writes = [hpas.apply(wanted(), undefined, signal), hpas.remove(found, signal)];

  const ended = await Promise.allSettled(writes);

  expect(cluster.writes).toEqual(begins ? ['apply shop/cart', 'remove shop/their-cart'] : []);
  const refused = { status: 'rejected', reason: { code: 'KUBE_UNAVAILABLE' } };
  const expected = begins ? { status: 'fulfilled' } : refused;
  for (const one of ended) expect(one).toMatchObject(expected);
});

test('who does not lead may read on', async () => {
  const hpas = guardedHpas(fakeHpas(aFoundHpa()), leaseOf(durationMs(0)).guard);

  expect(await hpas.list(signal)).toHaveLength(1);
});

test('each write is asked about anew, and gets what is left of the lease', async () => {
  const lease = leaseOf(seconds(9));
  const hpas = guardedHpas(fakeHpas(), lease.guard);
  const made = await hpas.apply(wanted(), undefined, signal);
  lease.left = seconds(3);
  const again = await hpas.apply(wanted(), made, signal);
  lease.left = seconds(1);

  await expect(hpas.remove(again, signal)).rejects.toThrow('too little of the lease is left');
  expect(lease.limits).toEqual([seconds(9), seconds(3)]);
});

test('the APIService is written by a leader only, and can be read and watched by all', async () => {
  const applied: unknown[] = [];
  const object: ApiServiceObject & { onChange(): string } = {
    get: async () => undefined,
    apply: async (wish) => void applied.push(wish),
    onChange: () => 'watched',
  };
  const desired = { serviceNamespace: 'ours', serviceName: 'x', port: 443, caBundle: '' };
  const lease = leaseOf(seconds(10));
  const guarded = guardedApiService(object, lease.guard);
  await guarded.apply(desired, undefined, signal);
  lease.left = seconds(1);

  await expect(guarded.apply(desired, undefined, signal)).rejects.toMatchObject({
    code: 'KUBE_UNAVAILABLE',
  });
  expect(applied).toEqual([desired]);
  expect([await guarded.get(signal), guarded.onChange()]).toEqual([undefined, 'watched']);
});

/** A write that hangs until its signal ends it. */
const hangs = (limited: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    limited.addEventListener('abort', () => reject(limited.reason as Error), { once: true });
  });

test('a write that outlasts the lease is cut short, as a refusal', async () => {
  const lease = leaseOf(seconds(10));
  const write = lease.guard(hangs, signal);
  lease.runOut();

  await expect(write).rejects.toMatchObject({
    code: 'KUBE_UNAVAILABLE',
    cause: { name: 'TimeoutError' },
  });
});

test('a stop is handed on as it is, and so is what the write itself is refused with', async () => {
  const { guard } = leaseOf(seconds(10));
  const stop = new AbortController();
  const write = guard(hangs, stop.signal);
  stop.abort(new Error('stopped'));
  const taken = refusal('KUBE_CONFLICT', 'it has changed');

  await expect(write).rejects.toThrow('stopped');
  await expect(guard(() => Promise.reject(taken), signal)).rejects.toBe(taken);
});
