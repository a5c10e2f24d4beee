import { expect, test } from 'vitest';
import { refusal } from '../domain/errors.ts';
import { cart, TEN } from '../test/builders.ts';
import { fakeKube } from './fake-kube.ts';
import type { Pod } from './pod.ts';
import { refusedBy } from './refusals.ts';
import { kubeUsage } from './usage.ts';

const signal = new AbortController().signal;
const everywhere = { namespaces: [], excludeNamespaces: [] };
const at = (secondsBefore: number) =>
  new Date(TEN - secondsBefore * 1000).toISOString().replace('.000Z', 'Z');

const pod = (name: string, about: Partial<Pod> = {}): Pod => ({
  namespace: 'shop',
  name,
  ownerUid: 'u',
  runs: true,
  goes: false,
  ...about,
});
const reported = (name: string, secondsBefore = 20, containers: object[] = [usage()]) => ({
  metadata: { name, namespace: 'shop' },
  timestamp: at(secondsBefore),
  window: '15s',
  containers,
});
const usage = (cpu = '250m', memory = '64Mi') => ({ name: 'main', usage: { cpu, memory } });
const USED = { cpu: 0.25, memory: 64 * 2 ** 20 };

const clusterOf = (pods: readonly Pod[], healthy = true) => ({
  components: () => [
    {
      workload: {
        key: cart,
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        uid: 'u',
        annotations: {},
        replicas: 4,
        replicasReady: 3,
        requests: { missing: [] },
        otherKinds: [],
      },
      pods,
    },
  ],
  healthy: () => healthy,
});

const usageOf = async (pods: readonly Pod[], items: readonly object[]) => {
  const { kube } = fakeKube({}, () => ({ items }));
  const [component] = await kubeUsage(kube, clusterOf(pods), everywhere).readUsage(TEN, signal);
  return component?.pods;
};

test('a component is told with what it wants, what is ready and what each pod uses', async () => {
  const { kube, asked } = fakeKube({}, () => ({
    items: [reported('a'), reported('foreign'), reported('b', 20, [usage(), usage('1', '1Gi')])],
  }));
  const cluster = clusterOf([pod('a'), pod('b')]);

  expect(await kubeUsage(kube, cluster, everywhere).readUsage(TEN, signal)).toEqual([
    {
      key: cart,
      replicasWanted: 4,
      replicasReady: 3,
      pods: [
        { name: 'a', usage: USED },
        { name: 'b', usage: { cpu: 1.25, memory: 1088 * 2 ** 20 } },
      ],
    },
  ]);
  expect(asked.map(({ path }) => path)).toEqual(['/apis/metrics.k8s.io/v1beta1/pods']);
});

test('a pod that runs and is not reported is there without usage', async () => {
  expect(await usageOf([pod('young')], [])).toEqual([{ name: 'young' }]);
});

test.each([
  ['two minutes old still holds', reported('a', 120), { name: 'a', usage: USED }],
  ['older than two minutes does not', reported('a', 121), { name: 'a' }],
  ['with an unreadable quantity does not', reported('a', 20, [usage('much')]), { name: 'a' }],
  ['with a negative quantity does not', reported('a', 20, [usage('-1')]), { name: 'a' }],
  ['with one unreadable container does not', reported('a', 20, [usage(), {}]), { name: 'a' }],
  ['without containers does not', reported('a', 20, []), { name: 'a' }],
  ['without a time does not', { ...reported('a'), timestamp: 'today' }, { name: 'a' }],
])('a report %s', async (_, item, expected) => {
  expect(await usageOf([pod('a')], [item])).toEqual([expected]);
});

test('a report from before a pod’s birth is of its namesake', async () => {
  const reborn = pod('db-0', { createdAt: TEN });

  expect(await usageOf([reborn], [reported('db-0', 20)])).toEqual([{ name: 'db-0' }]);
});

test.each([
  ['has not been started', { runs: false }],
  ['is being deleted', { goes: true }],
  ['has ended', { runs: false, goes: true }],
])('a pod that %s counts only while it is reported', async (_, about) => {
  expect(await usageOf([pod('a', about)], [])).toEqual([]);
  expect(await usageOf([pod('a', about)], [reported('a')])).toEqual([{ name: 'a', usage: USED }]);
});

test('a component without pods is known to use nothing', async () => {
  expect(await usageOf([], [])).toEqual([]);
});

test('where namespaces are named, each is asked for by itself', async () => {
  const { kube, asked } = fakeKube({}, () => ({ items: [] }));
  const scope = { namespaces: ['shop', 'bank', 'test'], excludeNamespaces: ['test'] };

  await kubeUsage(kube, clusterOf([]), scope).readUsage(TEN, signal);

  expect(asked.map(({ path }) => path)).toEqual([
    '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods',
    '/apis/metrics.k8s.io/v1beta1/namespaces/bank/pods',
  ]);
});

test('a cluster without metrics-server is told with the remedy', async () => {
  const { kube } = fakeKube({}, () => {
    throw refusedBy({ method: 'GET', path: '/apis' }, { status: 404, body: undefined });
  });

  await expect(kubeUsage(kube, clusterOf([]), everywhere).readUsage(TEN, signal)).rejects.toThrow(
    'install metrics-server',
  );
});

test('while the metrics API is away nothing is known', async () => {
  const { kube } = fakeKube({}, () => {
    throw refusal('KUBE_UNAVAILABLE', 'service unavailable');
  });

  await expect(
    kubeUsage(kube, clusterOf([pod('a')]), everywhere).readUsage(TEN, signal),
  ).rejects.toThrow('service unavailable');
});

test('while the pods are not known for certain nothing is known', async () => {
  const { kube } = fakeKube({}, () => ({ items: [reported('a')] }));
  const cluster = clusterOf([pod('a')], false);

  await expect(kubeUsage(kube, cluster, everywhere).readUsage(TEN, signal)).rejects.toThrow(
    'not known for certain',
  );
});
