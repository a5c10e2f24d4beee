import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { kubeUnavailable } from '../domain/errors.ts';
import { createAuthority, issueServing } from '../apiservice/certificates.ts';
import { TEN } from '../test/builders.ts';
import { aFoundHpa, fakeHpas, wanted } from '../test/scaling.ts';
import { inShop } from '../test/api-rig.ts';
import { meteredHpas, meteredReviewer, tellExpiry, tellStates } from './metered.ts';

const { signal } = new AbortController();
const linesOf = async (meters: ReturnType<typeof createMeters>, about: RegExp) =>
  (await meters.expose()).text
    .split('\n')
    .filter((line) => !line.startsWith('#') && about.test(line))
    .map((line) => line.replace('self_scaling_', ''));

test('reviews are counted by what they were about and how they ended', async () => {
  const meters = createMeters();
  const answers = [true, false];
  const reviewer = meteredReviewer(
    {
      whoIs: async () => undefined,
      async may() {
        const allowed = answers.shift();
        if (allowed === undefined) throw kubeUnavailable('away');
        return { allowed };
      },
    },
    meters,
  );
  const caller = { user: 'jane', groups: [], extra: {} };
  const may = () => reviewer.may(caller, { path: '/v1', verb: 'get' }, signal);
  expect([await reviewer.whoIs('x', signal), await may(), await may()]).toEqual([
    undefined,
    { allowed: true },
    { allowed: false },
  ]);
  await expect(may()).rejects.toThrow('away');
  expect(await linesOf(meters, /reviews_total|review_duration_seconds_count/)).toEqual([
    'reviews_total{kind="token",result="denied"} 1',
    'reviews_total{kind="right",result="allowed"} 1',
    'reviews_total{kind="right",result="denied"} 1',
    'reviews_total{kind="right",result="failed"} 1',
    'review_duration_seconds_count{kind="token"} 1',
    'review_duration_seconds_count{kind="right"} 3',
  ]);
});

test('writes of HPAs are counted by what they did', async () => {
  const meters = createMeters();
  const found = aFoundHpa();
  const hpas = meteredHpas(fakeHpas(found), meters);
  await hpas.apply(wanted(), undefined, signal);
  await hpas.remove(found, signal);
  const away = { ...fakeHpas(), remove: () => Promise.reject(kubeUnavailable('away')) };
  await expect(meteredHpas(away, meters).remove(found, signal)).rejects.toThrow('away');
  expect(await linesOf(meters, /hpa_writes/)).toEqual([
    'hpa_writes_total{result="created"} 1',
    'hpa_writes_total{result="removed"} 1',
    'hpa_writes_total{result="failed"} 1',
  ]);
});

test('states tell what is managed, in conflict, and at its ceiling', async () => {
  const meters = createMeters();
  const state = { key: inShop('a'), kind: 'Deployment', change: 'leave', conditions: [] } as const;
  const at = (desiredReplicas: number) => ({
    ...aFoundHpa(),
    spec: { maxReplicas: 5 },
    desiredReplicas,
  });
  tellStates(
    [
      { ...state, managed: true, reason: 'ExistingHPA' },
      { ...state, managed: true, hpa: at(5) },
      { ...state, managed: true, hpa: at(4) },
      { ...state, managed: false },
    ],
    meters,
  );
  expect(await linesOf(meters, /components\{|conflicts|ceiling/)).toEqual([
    'components{managed="yes"} 3',
    'components{managed="no"} 1',
    'hpas_at_ceiling 1',
    'hpa_conflicts 1',
  ]);
});

test('the ends of certificates are told; of what is none, nothing', async () => {
  const meters = createMeters();
  const ca = await createAuthority(TEN);
  const served = await issueServing(ca, ['localhost'], TEN);
  tellExpiry({ current: () => ({ cert: served.cert, caBundle: '' }) }, meters);
  const [line, ...others] = await linesOf(meters, /certificate_expiry/);
  expect(others).toEqual([]);
  const [name, end] = line?.split(' ') ?? [];
  expect(name).toBe('certificate_expiry_timestamp_seconds{certificate="adapter"}');
  expect((Number(end) - TEN / 1000) / 86_400).toBeCloseTo(90, 0);
});
