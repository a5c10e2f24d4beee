import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQuantity } from '../../domain/quantity.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { readyAfter } from '../control-plane/kwok-config.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { writeUsage } from '../control-plane/trace-player.ts';
import { ask } from './ask.ts';
import { expectSoon } from './expect-soon.ts';
import { aDeployment, aNamespace, paths } from './objects.ts';

const missing = whyMissing(CONTROL_PLANE);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);

type Deployment = { readonly status?: { readonly readyReplicas?: number } };
type PodMetrics = {
  readonly containers: readonly {
    readonly usage: { readonly cpu: string; readonly memory: string };
  }[];
};

describe.skipIf(missing !== undefined)(`a real control plane ${missing ?? ''}`, () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    const begun = performance.now();
    controlPlane = await startControlPlane({ kwok: true, metricsServer: true });
    print(`control plane with kwok and metrics-server: ${seconds(begun)}`);
  });
  afterAll(async () => {
    await controlPlane[Symbol.asyncDispose]();
  });

  const readyReplicas = (wanted: number): Promise<Deployment> =>
    expectSoon(
      `${wanted} pods are ready`,
      () => controlPlane.admin.get<Deployment>(`${paths.deployments('shop')}/cart`),
      ({ status }) => status?.readyReplicas === wanted,
      { withinMs: 60_000 },
    );
  const usageOfEach = (milli: number): Promise<readonly PodMetrics[]> =>
    expectSoon(
      `metrics-server reports ${milli}m for each of four pods`,
      () => controlPlane.admin.list<PodMetrics>(paths.podMetrics('shop')),
      (items) => items.length === 4 && items.flatMap(milliOf).every((seen) => seen === milli),
      { withinMs: 60_000 },
    );

  test('pods become ready, and use what the trace player writes', async () => {
    const { admin } = controlPlane;
    await admin.create(paths.namespaces, aNamespace('shop'));
    const wish = { namespace: 'shop', name: 'cart', replicas: 4 };
    const created = performance.now();
    await admin.create(paths.deployments('shop'), aDeployment(wish));
    await readyReplicas(4);
    print(`4 pods ready: ${seconds(created)}`);

    const place = { namespace: 'shop', component: 'cart' };
    await writeUsage(admin, place, { cpu: 1.6, memory: 4 * 2 ** 28 });
    const reported = await usageOfEach(400);
    print(`usage first reported: ${seconds(created)} after the Deployment`);

    const written = performance.now();
    await writeUsage(admin, place, { cpu: 3.2, memory: 4 * 2 ** 28 });
    await usageOfEach(800);
    print(`changed usage reported: ${seconds(written)}`);
    expect(reported.flatMap(memoryOf)).toEqual(['256Mi', '256Mi', '256Mi', '256Mi']);
  });

  test('a pod becomes ready as late as it says', async () => {
    const { admin } = controlPlane;
    await admin.create(paths.namespaces, aNamespace('late'));
    const wish = { namespace: 'late', name: 'slow', replicas: 1, podAnnotations: readyAfter('3s') };
    await admin.create(paths.deployments('late'), aDeployment(wish));
    type Pod = {
      readonly metadata: { readonly creationTimestamp: string };
      readonly status: { readonly startTime?: string };
    };
    const [pod] = await expectSoon(
      'the pod has started',
      () => admin.list<Pod>(paths.pods('late')),
      ([seen]) => seen?.status.startTime !== undefined,
      { withinMs: 30_000 },
    );
    const waited = Date.parse(pod!.status.startTime!) - Date.parse(pod!.metadata.creationTimestamp);
    expect(waited).toBeGreaterThanOrEqual(2000);
  });

  test('a user of ours is known by name and group, and may nothing', async () => {
    const { apiServerUrl: url, ca } = controlPlane;
    const as = await controlPlane.identityFor('anna', ['operators', 'readers']);
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const who = await ask(`${url}${path}`, { method: 'POST', body, ca, as });
    expect(who.json()).toMatchObject({
      status: {
        userInfo: { username: 'anna', groups: ['operators', 'readers', 'system:authenticated'] },
      },
    });
    expect((await ask(`${url}/api/v1/pods`, { ca, as })).status).toBe(403);
  });

  test('the API server and the controller manager can be restarted, and go on', async () => {
    const { admin } = controlPlane;
    const begun = performance.now();
    await controlPlane.restart('kube-apiserver');
    print(`kube-apiserver restarted: ${seconds(begun)}`);
    const again = performance.now();
    const flags = ['--horizontal-pod-autoscaler-sync-period=15s'];
    await controlPlane.restartControllerManager({ flags });
    print(`kube-controller-manager restarted: ${seconds(again)}`);
    await admin.patch(`${paths.deployments('shop')}/cart`, { spec: { replicas: 6 } });
    expect((await readyReplicas(6)).status?.readyReplicas).toBe(6);
  });

  test('a namespace with pods in it can be deleted', async () => {
    const { admin } = controlPlane;
    const begun = performance.now();
    await admin.remove(`${paths.namespaces}/shop`);
    const left = await expectSoon(
      'the namespace is gone',
      () => admin.find(`${paths.namespaces}/shop`),
      (found) => found === undefined,
      { withinMs: 60_000 },
    );
    print(`namespace deleted: ${seconds(begun)}`);
    expect(left).toBeUndefined();
  });

  test('in the end no program is left', async () => {
    const begun = performance.now();
    await controlPlane[Symbol.asyncDispose]();
    print(`stopped: ${seconds(begun)}`);
    expect(controlPlane.pids().length).toBeGreaterThanOrEqual(7);
    expect(controlPlane.pids().filter(isAlive)).toEqual([]);
  });
});

/** metrics-server's figure is the mean over a scrape, so it is near what was written and not equal. */
const milliOf = ({ containers }: PodMetrics): number[] =>
  containers.map(({ usage }) => Math.round(parseQuantity(usage.cpu)! * 100) * 10);
const memoryOf = ({ containers }: PodMetrics): string[] =>
  containers.map(({ usage }) => usage.memory);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
