import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { silentLog } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';
import { startControlPlane, type ControlPlane } from '../test/control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../test/control-plane/programs.ts';
import { writeUsage } from '../test/control-plane/trace-player.ts';
import { expectSoon } from '../test/e2e/expect-soon.ts';
import { aDeployment, aNamespace, paths } from '../test/e2e/objects.ts';
import { watchAuthConfig } from './auth-config.ts';
import { openKube, reachable } from './client.ts';
import { serverVersion } from './facts.ts';
import { leadership } from './lease.ts';
import { accessReviews } from './reviews.ts';
import { kubeUsage } from './usage.ts';
import { toWatchEvent } from './watch-cache.ts';
import { watchWorkloads } from './workloads.ts';

const missing = whyMissing(CONTROL_PLANE);
const everywhere = { namespaces: [], excludeNamespaces: ['kube-system'] };
const { signal } = new AbortController();
const halfAMinute = { withinMs: 30_000 };

describe.skipIf(missing !== undefined)(`a real API server ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = house.use(await startControlPlane({ kwok: true, metricsServer: true }));
    await controlPlane.admin.create(paths.namespaces, aNamespace('shop'));
  });
  afterAll(() => house.disposeAsync());

  const open = (kubeconfig = controlPlane.kubeconfig) => {
    const kube = openKube({ kubeconfig });
    return { kube, clock: systemClock, random: () => 0.1, log: silentLog };
  };

  test('it is reachable and tells its version; one that is gone is not', async () => {
    const { kube } = open();
    await using _ = kube;

    expect(await reachable(kube, signal)).toEqual({ ok: true });
    expect(await serverVersion(kube, signal)).toEqual({ major: 1, minor: 36 });
  });

  test('an account without rights is told the one it lacks', async () => {
    const { kube } = open(await controlPlane.kubeconfigFor('jane'));
    await using _ = kube;

    await expect(kube.ask({ path: '/apis/apps/v1/deployments' }, signal)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { right: 'list apps/deployments' },
    });
  });

  test('what pods use arrives by component; an API server that restarts loses nothing', async () => {
    const { admin } = controlPlane;
    const ports = open();
    await using kube = ports.kube;
    await using cluster = watchWorkloads(ports, {
      ...everywhere,
      resources: ['argoproj.io/v1alpha1/rollouts'],
    });
    await cluster.ready;
    const usage = kubeUsage(kube, cluster, everywhere);
    await admin.create(
      paths.deployments('shop'),
      aDeployment({ namespace: 'shop', name: 'pay', replicas: 2 }),
    );
    await admin.create(
      paths.deployments('shop'),
      aDeployment({ namespace: 'shop', name: 'doomed', replicas: 1 }),
    );
    const place = { namespace: 'shop', component: 'pay' };
    await expectSoon(
      'two pods share the usage',
      () => writeUsage(admin, place, { cpu: 0.5, memory: 2 ** 28 }),
      (pods) => pods === 2,
      halfAMinute,
    );

    const found = await expectSoon(
      'metrics-server reports what was written',
      async () => await usage.readUsage(systemClock.now(), signal),
      (all) =>
        all.some(({ key, pods }) => key.component === 'pay' && pods.every((pod) => pod.usage)) &&
        all.length === 2,
      { withinMs: 55_000 },
    );

    const pay = found.find(({ key }) => key.component === 'pay');
    expect(pay).toMatchObject({ replicasWanted: 2, replicasReady: 2 });
    const cpu = pay?.pods.reduce((sum, pod) => sum + (pod.usage?.cpu ?? Number.NaN), 0);
    expect(cpu).toBeCloseTo(0.5, 1);
    expect(cluster.workloads().find(({ key }) => key.component === 'pay')?.requests).toEqual({
      cpu: 0.5,
      memory: 2 ** 28,
      missing: [],
    });

    await controlPlane.stop('kube-apiserver', 'SIGKILL');
    expect(cluster.workloads()).toHaveLength(2);
    await expect(usage.readUsage(systemClock.now(), signal)).rejects.toMatchObject({
      code: 'KUBE_UNAVAILABLE',
    });
    await controlPlane.start('kube-apiserver');
    await admin.remove(`${paths.deployments('shop')}/doomed`);
    await expectSoon(
      'the deletion is seen after the restart',
      () => cluster.workloads().map(({ key }) => key.component),
      (names) => names.length === 1,
      halfAMinute,
    );
    expect(cluster.healthy()).toBe(true);

    // A restarted server remembers nothing from before: versions of then are expired.
    const question = { path: '/api/v1/pods', query: { watch: 'true', resourceVersion: '2' } };
    const events: unknown[] = [];
    for await (const line of await kube.follow(question, seconds(10), signal)) {
      events.push(toWatchEvent(line));
    }
    expect(events).toEqual([{ kind: 'expired' }]);
  }, 120_000);

  test('identity and access are Kubernetes’ own word', async () => {
    const { admin } = controlPlane;
    const ports = open();
    await using kube = ports.kube;
    const reviews = accessReviews(kube, {
      pause: (duration, until) => systemClock.sleep(duration, until),
      random: Math.random,
    });
    await admin.create('/api/v1/namespaces/shop/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'bob' },
    });
    const { status } = await admin.create<{ status: { token: string } }>(
      '/api/v1/namespaces/shop/serviceaccounts/bob/token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    );

    const bob = await reviews.whoIs(status.token, signal);
    expect(bob).toMatchObject({
      user: 'system:serviceaccount:shop:bob',
      groups: expect.arrayContaining(['system:serviceaccounts:shop']) as unknown,
    });
    expect(await reviews.whoIs('nonsense', signal)).toBeUndefined();

    const question = {
      namespace: 'shop',
      verb: 'list',
      group: 'external.metrics.k8s.io',
      version: 'v1beta1',
      resource: 'predicted-cpu',
    };
    const hpaController = {
      user: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
      groups: ['system:authenticated'],
      extra: {},
    };
    expect(await reviews.may(hpaController, question, signal)).toMatchObject({ allowed: true });
    if (bob === undefined) throw new Error('bob is known');
    expect(await reviews.may(bob, question, signal)).toMatchObject({ allowed: false });
  });

  test('the front proxy’s authority is read, with the names that may use it', async () => {
    const ports = open();
    await using _ = ports.kube;
    await using config = watchAuthConfig(ports);
    await config.ready;

    expect(config.current()).toMatchObject({
      requestHeaderCa: `${controlPlane.frontProxy.ca.trim()}\n`,
      usernameHeaders: ['X-Remote-User'],
      groupHeaders: ['X-Remote-Group'],
      allowedNames: ['front-proxy-client'],
    });
  });

  test('of two controllers one leads, and the other follows as soon as it stops', async () => {
    const ports = open();
    await using _ = ports.kube;
    const leads: string[] = [];
    const begin = (identity: string) => {
      const stop = new AbortController();
      const lease = { namespace: 'shop', name: 'controller', identity };
      const leader = leadership(ports, lease);
      const ended = leader.lead(async (leading) => {
        leads.push(identity);
        await new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true }));
      }, stop.signal);
      return { stop, leader, ended };
    };
    const first = begin('first');
    await expectSoon(
      'the first leads',
      () => leads,
      (now) => now.length === 1,
      halfAMinute,
    );
    const second = begin('second');

    await systemClock.sleep(seconds(5), signal);
    expect(leads).toEqual(['first']);
    expect(first.leader.remaining()).toBeGreaterThan(seconds(12));
    expect(second.leader.remaining()).toBe(0);

    first.stop.abort();
    await first.ended;
    await expectSoon(
      'the second leads',
      () => leads,
      (now) => now.length === 2,
      halfAMinute,
    );
    second.stop.abort();
    await second.ended;
    expect(leads).toEqual(['first', 'second']);
  });
});
