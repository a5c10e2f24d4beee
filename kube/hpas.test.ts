import { expect, test } from 'vitest';
import type { DesiredHpa, FoundHpa } from '../domain/hpa.ts';
import { silentLog } from '../domain/log.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { fakeKube } from './fake-kube.ts';
import { toFoundHpa } from './found-hpa.ts';
import { openHpas } from './hpas.ts';
import { at } from './json.ts';
import { refusedBy } from './refusals.ts';
import type { Kube } from './request.ts';

const signal = new AbortController().signal;
const everywhere = { namespaces: [], excludeNamespaces: ['kube-system'] };
const HPAS = '/apis/autoscaling/v2/horizontalpodautoscalers';

/** As kube-apiserver 1.36 answers, shortened. */
const stored = (about: object = {}) => ({
  metadata: {
    name: 'cart',
    namespace: 'shop',
    uid: 'u-1',
    resourceVersion: '42',
    labels: { 'app.kubernetes.io/managed-by': 'self-scaling' },
    annotations: { note: 'x' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart', uid: 'u-d' }],
    managedFields: [
      { manager: 'self-scaling', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
      { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } },
      { manager: 'kube-controller-manager', subresource: 'status', fieldsV1: { 'f:status': {} } },
    ],
    ...about,
  },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    minReplicas: 2,
    maxReplicas: 20,
  },
  status: {
    currentReplicas: 3,
    desiredReplicas: 4,
    currentMetrics: null,
    conditions: [
      {
        type: 'ScalingActive',
        status: 'True',
        reason: 'ValidMetricFound',
        message: 'ok',
        lastTransitionTime: 'x',
      },
    ],
  },
});
const found = (about: object = {}) => toFoundHpa(stored(about)) as FoundHpa;

const desired: DesiredHpa = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'cart', namespace: 'shop', labels: {}, ownerReferences: [] },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    minReplicas: 2,
    maxReplicas: 20,
    metrics: [],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [] },
      scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [] },
    },
  },
};
const portsOf = (kube: Kube) => ({
  kube,
  clock: fakeClock(TEN),
  random: () => 0.5,
  log: silentLog,
});

test('an HPA is read with its target, its owners and those who own its spec', () => {
  expect(found()).toEqual({
    namespace: 'shop',
    name: 'cart',
    uid: 'u-1',
    resourceVersion: '42',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    labels: { 'app.kubernetes.io/managed-by': 'self-scaling' },
    annotations: { note: 'x' },
    managers: ['self-scaling', 'kubectl'],
    foreignBounds: [],
    owners: [{ kind: 'Deployment', name: 'cart', uid: 'u-d' }],
    spec: stored().spec,
    currentReplicas: 3,
    desiredReplicas: 4,
    conditions: [
      { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'ok' },
    ],
  });
});

test('a status the controller has not written yet says nothing', () => {
  const fresh = { ...stored(), status: { desiredReplicas: 0, currentMetrics: null } };

  expect(toFoundHpa(fresh)).not.toHaveProperty('desiredReplicas');
});

test.each([
  ['nothing', undefined],
  ['an HPA without a target', { ...stored(), spec: { maxReplicas: 3 } }],
  ['an HPA without a uid', stored({ uid: undefined })],
])('%s is no HPA', (_, object) => {
  expect(toFoundHpa(object)).toBeUndefined();
});

test('the HPAs are listed from memory once they are watched, those of excluded namespaces left out', async () => {
  const items = [stored(), stored({ namespace: 'kube-system' })];
  const { kube, asked, watched } = fakeKube({ [HPAS]: items });
  await using hpas = openHpas(portsOf(kube), everywhere);
  await watched(HPAS);
  const before = asked.length;

  expect(await hpas.list(signal)).toEqual([found()]);
  expect(asked).toHaveLength(before);
});

test('until they are watched they are asked for', async () => {
  const { kube } = fakeKube({ [HPAS]: [stored()] });
  await using hpas = openHpas(portsOf(kube), everywhere);

  expect(await hpas.list(signal)).toEqual([found()]);
});

const appliedWith = async (before: FoundHpa | undefined, hpa = desired) => {
  const { kube, asked } = fakeKube({ [HPAS]: [] }, () => stored());
  await using hpas = openHpas(portsOf(kube), everywhere);
  await hpas.apply(hpa, before, signal);
  const apply = asked.find(({ method }) => method === 'PATCH');
  return { query: apply?.query, metadata: at(apply?.body, 'metadata') };
};

test('a new HPA is applied so that an existing one of that name is a conflict', async () => {
  const { query, metadata } = await appliedWith(undefined);

  expect(query).toEqual({ fieldManager: 'self-scaling', force: 'false' });
  expect(metadata).toMatchObject({ resourceVersion: '1' });
});

test('an HPA of ours is applied to exactly the one that was seen, and taken back from others', async () => {
  const { query, metadata } = await appliedWith(found());

  expect(query).toMatchObject({ force: 'true' });
  expect(metadata).toMatchObject({ uid: 'u-1', resourceVersion: '42' });
});

test.each([
  ['with the value that they gave it, goes by force', 20, 'true'],
  ['with another value, does not', 21, 'false'],
])('an apply that names a bound of theirs %s', async (_, maxReplicas, force) => {
  const fieldsV1 = { 'f:spec': { 'f:maxReplicas': {} } };
  const managedFields = [
    { manager: 'self-scaling', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1 },
  ];
  const hpa = { ...desired, spec: { ...desired.spec, maxReplicas } };
  const { query } = await appliedWith(found({ managedFields }), hpa);

  expect(query).toMatchObject({ force });
});

test.each([
  ['without our label', { labels: {} }],
  ['with our label but without our manager', { managedFields: [] }],
])('an HPA %s is not taken by force', async (_, about) => {
  const { query } = await appliedWith(found(about));

  expect(query).toMatchObject({ force: 'false' });
});

test('exactly the HPA that was found is removed; one that is gone already is fine', async () => {
  const { kube, asked } = fakeKube({ [HPAS]: [] }, () => {
    throw refusedBy({ method: 'DELETE', path: '/x' }, { status: 404, body: undefined });
  });
  await using hpas = openHpas(portsOf(kube), everywhere);

  await hpas.remove(found(), signal);

  expect(asked.at(-1)).toMatchObject({
    method: 'DELETE',
    path: '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/cart',
    body: { preconditions: { uid: 'u-1', resourceVersion: '42' } },
  });
});
