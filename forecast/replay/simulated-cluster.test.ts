import { describe, expect, test } from 'vitest';
import { cart, TEN } from '../../test/builders.ts';
import type { DesiredHpa } from '../../domain/hpa.ts';
import { bytes, cores, epochMs, minutes, seconds, type EpochMs } from '../../domain/units.ts';
import type { ComponentTrace } from './component-trace.ts';
import { simulatedCluster } from './simulated-cluster.ts';

const signal = new AbortController().signal;
const later = (seconds_: number): EpochMs => epochMs(TEN + seconds(seconds_));
const trace: ComponentTrace = {
  key: cart,
  kind: 'Deployment',
  requests: { cpu: cores(0.4), memory: bytes(2 ** 30), missing: [] },
  since: epochMs(0),
  usageAt: (at) => (at > later(36_000) ? undefined : { cpu: cores(1.2), memory: bytes(2 ** 30) }),
};
const hpa: DesiredHpa = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'cart', namespace: 'shop', labels: { a: 'b' }, ownerReferences: [] },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    minReplicas: 1,
    maxReplicas: 20,
    metrics: [
      {
        type: 'External',
        external: {
          metric: { name: 'predicted-cpu', selector: { matchLabels: { component: 'cart' } } },
          target: { type: 'AverageValue', averageValue: '300m' },
        },
      },
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 75 } },
      },
    ],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [] },
      scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [] },
    },
  },
};
const aCluster = (traces = [trace]) => {
  let now = TEN;
  return Object.assign(
    simulatedCluster(traces, () => now),
    {
      waitUntil: (at: EpochMs): void => void (now = at),
    },
  );
};

describe('usage and workloads', () => {
  test('the demand is spread over as many pods as carry it comfortably', async () => {
    const cluster = aCluster();
    const share = { cpu: 0.3, memory: 2 ** 28 };
    expect(await cluster.readUsage(TEN, signal)).toEqual([
      {
        key: cart,
        replicasWanted: 4,
        replicasReady: 4,
        pods: [1, 2, 3, 4].map((n) => ({ name: `cart-${n}`, usage: share })),
      },
    ]);
    expect(cluster.workloads()).toMatchObject([
      { key: cart, kind: 'Deployment', uid: 'simulated-shop/cart', replicas: 4, replicasReady: 4 },
    ]);
  });
  test('where a trace says nothing, its pods are not reported', async () => {
    const [pods] = await aCluster().readUsage(later(36_001), signal);
    expect(pods?.pods.every(({ usage }) => usage === undefined)).toBe(true);
  });
});

describe('the HPAs keep the manners of an API server', () => {
  test('one is created once; whoever did not see it gets a conflict', async () => {
    const cluster = aCluster();
    const found = await cluster.apply(hpa, undefined, signal);
    expect(found).toMatchObject({ name: 'cart', namespace: 'shop', managers: ['self-scaling'] });
    expect(await cluster.list(signal)).toEqual([found]);
    await expect(cluster.apply(hpa, undefined, signal)).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
    });
  });
  test('the same again changes no version, something else does, an older view is refused', async () => {
    const cluster = aCluster();
    const first = await cluster.apply(hpa, undefined, signal);
    const again = await cluster.apply(hpa, first, signal);
    const more = { ...hpa, spec: { ...hpa.spec, maxReplicas: 30 } };
    const changed = await cluster.apply(more, again, signal);
    expect(again.resourceVersion).toBe(first.resourceVersion);
    expect(changed.resourceVersion).not.toBe(first.resourceVersion);
    expect([changed.uid, changed.spec['maxReplicas']]).toEqual([first.uid, 30]);
    await expect(cluster.apply(hpa, first, signal)).rejects.toThrow('is not as it was seen');
    await expect(cluster.remove(first, signal)).rejects.toThrow('is not as it was seen');
  });
  test('removing is final, and removing what is gone is fine', async () => {
    const cluster = aCluster();
    const found = await cluster.apply(hpa, undefined, signal);
    await cluster.remove(found, signal);
    await cluster.remove(found, signal);
    expect(await cluster.list(signal)).toEqual([]);
    await expect(cluster.apply(hpa, found, signal)).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
    });
    const second = await cluster.apply(hpa, undefined, signal);
    expect(second.uid).not.toBe(found.uid);
  });
});

describe('a step', () => {
  test('scales on the forecast, before the load is there', async () => {
    const cluster = aCluster();
    await cluster.apply(hpa, undefined, signal);
    const asked: unknown[] = [];
    const changes = cluster.step(TEN, (...question) => {
      asked.push(question);
      return 2.7;
    });
    expect(asked).toEqual([['shop', 'predicted-cpu', { component: 'cart' }]]);
    expect(changes).toEqual([{ key: cart, from: 4, to: 9, because: 'predicted-cpu asks for 9' }]);
    expect(cluster.workloads()).toMatchObject([{ replicas: 9, replicasReady: 4 }]);
    cluster.waitUntil(later(60));
    expect(cluster.workloads()).toMatchObject([{ replicas: 9, replicasReady: 9 }]);
  });
  test('pods that are starting have no usage yet; the ready ones carry all of it', async () => {
    const cluster = aCluster();
    await cluster.apply(hpa, undefined, signal);
    cluster.step(TEN, () => 1.8);
    const [pods] = await cluster.readUsage(later(59), signal);
    expect(pods?.pods.map(({ usage }) => usage?.cpu)).toEqual([
      0.3,
      0.3,
      0.3,
      0.3,
      undefined,
      undefined,
    ]);
  });
  test('goes down to the forecast and the usage five minutes after more was asked for, youngest first', async () => {
    const cluster = aCluster();
    await cluster.apply(hpa, undefined, signal);
    cluster.step(TEN, () => 2.7);
    expect(cluster.step(later(299), () => 1.2)).toEqual([]);
    expect(cluster.step(later(300), () => 1.2)).toMatchObject([{ from: 9, to: 4 }]);
    const [pods] = await cluster.readUsage(later(301), signal);
    expect(pods?.pods.map(({ name }) => name)).toEqual(['cart-1', 'cart-2', 'cart-3', 'cart-4']);
  });
  test('a refused metric changes nothing downwards and stands in the conditions', async () => {
    const cluster = aCluster();
    await cluster.apply(hpa, undefined, signal);
    cluster.step(TEN, () => 2.7);
    expect(cluster.step(epochMs(TEN + minutes(60)), () => undefined)).toEqual([]);
    const [found] = await cluster.list(signal);
    expect(found).toMatchObject({ currentReplicas: 9, desiredReplicas: 9 });
    expect(found?.conditions).toContainEqual({
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetExternalMetric',
      message: 'the HPA was unable to compute the replica count: predicted-cpu has no value',
    });
  });
  test('an HPA whose target is not there, or of another kind, does nothing', async () => {
    const cluster = aCluster([{ ...trace, kind: 'StatefulSet' }]);
    await cluster.apply(hpa, undefined, signal);
    expect(cluster.step(TEN, () => 9)).toEqual([]);
  });
});
