import { expect, test } from 'vitest';
import { attribute, toComponents } from './attribute.ts';
import type { Pod } from './pod.ts';
import type { WorkloadObject } from './workload-object.ts';

const pod = (name: string, ownerUid?: string): Pod => ({
  namespace: 'shop',
  name,
  ...(ownerUid === undefined ? {} : { ownerUid }),
  runs: true,
  goes: false,
});
const named = (owned: ReadonlyMap<string, readonly Pod[]>) =>
  Object.fromEntries([...owned].map(([uid, pods]) => [uid, pods.map(({ name }) => name)]));

test('pods belong to what controls their ReplicaSet, else to what controls them', () => {
  const pods = [
    pod('cart-old', 'rs-old'),
    pod('cart-new', 'rs-new'),
    pod('db-0', 'sts-db'),
    pod('bare-x', 'rs-bare'),
    pod('rollout-x', 'rs-rollout'),
    pod('direct-x', 'custom'),
    pod('job-x', 'job'),
    pod('naked'),
  ];
  const replicaSets = [
    { uid: 'rs-old', ownerUid: 'deploy-cart' },
    { uid: 'rs-new', ownerUid: 'deploy-cart' },
    { uid: 'rs-bare' },
    { uid: 'rs-rollout', ownerUid: 'rollout' },
  ];

  expect(named(attribute(pods, replicaSets))).toEqual({
    'deploy-cart': ['cart-old', 'cart-new'],
    'sts-db': ['db-0'],
    'rs-bare': ['bare-x'],
    rollout: ['rollout-x'],
    custom: ['direct-x'],
    job: ['job-x'],
  });
});

const workload = (kind: string, about: Partial<WorkloadObject> = {}): WorkloadObject => ({
  key: { namespace: 'shop', component: 'cart' },
  apiVersion: 'apps/v1',
  kind,
  uid: `u-${kind}`,
  annotations: {},
  replicas: 1,
  replicasReady: 1,
  requests: { missing: [] },
  ...about,
});
const noLabels = new Map<string, boolean>();

test('of namesakes the Deployment is the component, then StatefulSet, ReplicaSet, any other kind', () => {
  const rollout = workload('Rollout', { apiVersion: 'argoproj.io/v1alpha1' });
  const twins = [rollout, workload('ReplicaSet'), workload('StatefulSet'), workload('Deployment')];

  const [component, ...more] = toComponents(twins, noLabels);

  expect(more).toEqual([]);
  expect(component).toMatchObject({
    uid: 'u-Deployment',
    otherKinds: ['StatefulSet', 'ReplicaSet', 'Rollout'],
  });
});

test('one name in two namespaces is two components', () => {
  const other = workload('Deployment', { key: { namespace: 'test', component: 'cart' } });

  expect(toComponents([workload('Deployment'), other], noLabels)).toHaveLength(2);
});

test.each([
  ['the workload speaks for itself', true, undefined, { managed: true, on: 'workload' }],
  ['also against its namespace', false, true, { managed: false, on: 'workload' }],
  ['and when both agree', true, true, { managed: true, on: 'workload' }],
  ['else its namespace speaks', undefined, true, { managed: true, on: 'namespace' }],
  ['also to say no', undefined, false, { managed: false, on: 'namespace' }],
  ['neither: nothing is said', undefined, undefined, undefined],
])('managed by label: %s', (_, own, ofNamespace, says) => {
  const object = workload('Deployment', own === undefined ? {} : { ownLabel: own });
  const labels = new Map(ofNamespace === undefined ? [] : [['shop', ofNamespace] as const]);

  expect(toComponents([object], labels)[0]?.managedByLabel).toEqual(says);
});
