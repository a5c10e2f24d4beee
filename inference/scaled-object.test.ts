import { expect, test } from 'vitest';
import type { Workload } from '../domain/workload.ts';
import { cores } from '../domain/units.ts';
import { scaledObjectOf, type ScaledObjectWish } from './scaled-object.ts';

const workload: Workload = {
  key: { namespace: 'shop', component: 'cart' },
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  uid: 'u',
  annotations: {},
  replicas: 2,
  replicasReady: 2,
  requests: { cpu: cores(0.5), missing: [] },
  otherKinds: [],
};
const wish: ScaledObjectWish = {
  workload,
  capacity: { cpu: 0.375, memory: 409 * 2 ** 20 },
  settings: { minReplicas: 2, maxReplicas: 20 },
  options: { targetUtilization: { cpu: 0.75, memory: 0.8 } },
  scalerAddress: 'self-scaling-adapter-keda.self-scaling.svc:6000',
  authentication: 'self-scaling',
};
const targetsOf = (about: Partial<ScaledObjectWish>) =>
  scaledObjectOf({ ...wish, ...about }).spec.triggers.map(({ type, metadata }) => [
    type,
    'value' in metadata ? metadata.value : metadata.target,
  ]);

test('our triggers stand first, the reactive one beside them', () => {
  expect(targetsOf({})).toEqual([
    ['external', '375m'],
    ['external', '409Mi'],
    ['cpu', '75'],
  ]);
});

test('without an answer of ours the replicas are held, and at least the minimum', () => {
  expect(scaledObjectOf(wish).spec).toMatchObject({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    minReplicaCount: 2,
    maxReplicaCount: 20,
    fallback: { failureThreshold: 3, replicas: 2, behavior: 'currentReplicasIfHigher' },
  });
});

test('the trigger says where we are and how to be let in', () => {
  expect(scaledObjectOf(wish).spec.triggers[0]).toEqual({
    type: 'external',
    metricType: 'AverageValue',
    metadata: {
      scalerAddress: 'self-scaling-adapter-keda.self-scaling.svc:6000',
      enableTLS: 'true',
      component: 'cart',
      resource: 'cpu',
      target: '375m',
    },
    authenticationRef: { name: 'self-scaling' },
  });
});

test('one of two workloads of a name is named by its kind', () => {
  const twin = { ...workload, otherKinds: ['StatefulSet'] };
  expect(scaledObjectOf({ ...wish, workload: twin }).spec.triggers[0]?.metadata).toMatchObject({
    kind: 'Deployment',
  });
});

test('what has no capacity or no request has no trigger', () => {
  const bare = { ...workload, requests: { missing: [] } };
  expect(targetsOf({ workload: bare, capacity: { memory: 2 ** 30 } })).toEqual([
    ['external', '1Gi'],
  ]);
});
