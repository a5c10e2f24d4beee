import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { fakeKube } from './fake-kube.ts';
import { watchWorkloads } from './workloads.ts';

const object = (name: string, about: object = {}) => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: `u-${name}`,
    resourceVersion: '5',
    ...about,
  },
  spec: { replicas: 1 },
  status: { phase: 'Running' },
});
const controlledBy = (uid: string) => ({ ownerReferences: [{ uid, controller: true }] });
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const empty = {
  [DEPLOYMENTS]: [],
  '/apis/apps/v1/statefulsets': [],
  '/apis/apps/v1/replicasets': [],
  '/api/v1/pods': [],
  '/api/v1/namespaces': [],
};
const everything = { namespaces: [], excludeNamespaces: [], resources: [] };
const portsOf = (kube: ReturnType<typeof fakeKube>['kube'], warned: unknown[] = []) => ({
  kube,
  clock: fakeClock(TEN),
  random: () => 0.5,
  log: { ...silentLog, warn: (members: object) => void warned.push(members) },
});

test('workloads of all kinds are components with their pods', async () => {
  const managed = { labels: { 'self-scaling.io/managed': 'true' } };
  const { kube } = fakeKube({
    ...empty,
    [DEPLOYMENTS]: [object('cart')],
    '/apis/apps/v1/statefulsets': [object('db', managed)],
    '/apis/apps/v1/replicasets': [object('cart-77', controlledBy('u-cart')), object('bare')],
    '/api/v1/pods': [
      object('cart-77-x', controlledBy('u-cart-77')),
      object('db-0', controlledBy('u-db')),
      object('bare-x', controlledBy('u-bare')),
      object('agent-x', controlledBy('u-daemonset')),
    ],
    '/api/v1/namespaces': [{ metadata: { name: 'shop', ...managed } }],
  });
  await using cluster = watchWorkloads(portsOf(kube), everything);
  await cluster.ready;

  expect(
    cluster
      .components()
      .map(({ workload, pods }) => [
        `${workload.kind} ${workload.key.component}`,
        workload.managedByLabel?.on,
        pods.map(({ name }) => name),
      ]),
  ).toEqual([
    ['Deployment cart', 'namespace', ['cart-77-x']],
    ['StatefulSet db', 'workload', ['db-0']],
    ['ReplicaSet bare', 'namespace', ['bare-x']],
  ]);
});

test('before the first lists nothing is known', async () => {
  const { kube } = fakeKube(empty);
  await using cluster = watchWorkloads(portsOf(kube), everything);

  expect(() => cluster.workloads()).toThrow('has not been listed yet');
  expect(cluster.healthy()).toBe(false);
});

test('a new workload is told; pods come and go without a call', async () => {
  const { kube, tell, watched } = fakeKube(empty);
  await using cluster = watchWorkloads(portsOf(kube), everything);
  await cluster.ready;
  await Promise.all([watched(DEPLOYMENTS), watched('/api/v1/pods')]);
  let calls = 0;
  cluster.onChange(() => (calls += 1));

  await tell('/api/v1/pods', { type: 'ADDED', object: object('p', controlledBy('u-cart')) });
  expect(calls).toBe(0);
  await tell(DEPLOYMENTS, { type: 'ADDED', object: object('cart') });

  expect(calls).toBe(1);
  expect(cluster.components()).toMatchObject([
    { workload: { key: { component: 'cart' } }, pods: [{ name: 'p' }] },
  ]);
});

test('twins are warned of once', async () => {
  const { kube, tell, watched } = fakeKube({
    ...empty,
    [DEPLOYMENTS]: [object('cart')],
    '/apis/apps/v1/statefulsets': [object('cart')],
  });
  const warned: unknown[] = [];
  await using cluster = watchWorkloads(portsOf(kube, warned), everything);
  await cluster.ready;
  await watched(DEPLOYMENTS);

  cluster.workloads();
  await tell(DEPLOYMENTS, { type: 'ADDED', object: object('pay') });
  cluster.workloads();

  expect(warned).toEqual([
    { component: 'shop/cart', kind: 'Deployment', otherKinds: ['StatefulSet'] },
  ]);
});

test('a further kind is a component where it is installed', async () => {
  const resources = [
    'argoproj.io/v1alpha1/rollouts',
    'apps.example/v1/things',
    'apps/v1/deployments',
  ];
  const { kube } = fakeKube({
    ...empty,
    '/apis/argoproj.io/v1alpha1/rollouts': [{ ...object('cart'), kind: 'Rollout' }],
  });
  await using cluster = watchWorkloads(portsOf(kube), { ...everything, resources });
  await cluster.ready;

  expect(cluster.workloads()).toMatchObject([
    { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1' },
  ]);
});

test('excluded namespaces are not seen', async () => {
  const { kube } = fakeKube({ ...empty, [DEPLOYMENTS]: [object('cart')] });
  const scope = { ...everything, excludeNamespaces: ['shop'] };
  await using cluster = watchWorkloads(portsOf(kube), scope);
  await cluster.ready;

  expect(cluster.workloads()).toEqual([]);
});

test.each(['rollouts', 'argoproj.io/rollouts', 'a/b/c/d', '/v1/x'])(
  'the further kind "%s" is refused with the way to write it',
  (resource) => {
    const { kube } = fakeKube(empty);

    expect(() => watchWorkloads(portsOf(kube), { ...everything, resources: [resource] })).toThrow(
      'write group/version/plural',
    );
  },
);
