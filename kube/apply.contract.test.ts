import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DesiredApiService } from '../domain/api-service.ts';
import { systemClock } from '../domain/clock.ts';
import type { DesiredHpa } from '../domain/hpa.ts';
import { silentLog } from '../domain/log.ts';
import { startControlPlane, type ControlPlane } from '../test/control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../test/control-plane/programs.ts';
import { expectSoon } from '../test/e2e/expect-soon.ts';
import { aLoopbackService, aNamespace, paths } from '../test/e2e/objects.ts';
import { openApiServices } from './api-services.ts';
import { openKube } from './client.ts';
import { openHpas } from './hpas.ts';

const missing = whyMissing(CONTROL_PLANE);
const everywhere = { namespaces: [], excludeNamespaces: ['kube-system'] };
const { signal } = new AbortController();
const halfAMinute = { withinMs: 30_000 };

const desired = (about: Partial<DesiredHpa['spec']> = {}): DesiredHpa => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: {
    name: 'cart',
    namespace: 'shop',
    labels: { 'app.kubernetes.io/managed-by': 'self-scaling' },
    ownerReferences: [],
  },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' },
    minReplicas: 2,
    maxReplicas: 20,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 75 } },
      },
    ],
    behavior: {
      scaleUp: {
        tolerance: '0',
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 10, periodSeconds: 15 }],
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 20, periodSeconds: 60 }],
      },
    },
    ...about,
  },
});

describe.skipIf(missing !== undefined)(
  `server-side apply on a real API server ${missing ?? ''}`,
  () => {
    const house = new AsyncDisposableStack();
    let controlPlane: ControlPlane;
    beforeAll(async () => {
      controlPlane = house.use(await startControlPlane());
      await controlPlane.admin.create(paths.namespaces, aNamespace('shop'));
    });
    afterAll(() => house.disposeAsync());

    const open = () => {
      const kube = openKube({ kubeconfig: controlPlane.kubeconfig });
      return { kube, clock: systemClock, random: () => 0.1, log: silentLog };
    };

    test('an HPA is made only where there is none, and then all its fields are ours', async () => {
      const ports = open();
      await using _ = ports.kube;
      await using hpas = openHpas(ports, everywhere);
      await hpas.ready;

      const made = await hpas.apply(desired(), undefined, signal);
      expect(made.managers).toEqual(['self-scaling']);
      await expect(hpas.apply(desired(), undefined, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });

      const again = await hpas.apply(desired(), made, signal);
      expect(again.resourceVersion).toBe(made.resourceVersion);

      // A field that is named no more goes: after a POST it would have stayed.
      const { tolerance: _tolerance, ...scaleUp } = desired().spec.behavior.scaleUp;
      const behavior = { ...desired().spec.behavior, scaleUp };
      const changed = await hpas.apply(desired({ maxReplicas: 30, behavior }), again, signal);
      expect(changed.spec).toMatchObject({ maxReplicas: 30 });
      expect(changed.spec['behavior']).not.toHaveProperty('scaleUp.tolerance');

      await expect(hpas.apply(desired(), made, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });
      await expect(hpas.remove(made, signal)).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
      await expectSoon(
        'the watch has seen it',
        () => hpas.list(signal),
        (all) => all.some(({ spec }) => spec['maxReplicas'] === 30),
        halfAMinute,
      );

      const [last] = await hpas.list(signal);
      if (last === undefined) throw new Error('it was listed just now');
      await hpas.remove(last, signal);
      await hpas.remove(last, signal);
      await expect(hpas.apply(desired(), last, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });
    });

    test('an HPA of somebody else keeps its fields', async () => {
      const ports = open();
      await using _ = ports.kube;
      await using hpas = openHpas(ports, everywhere);
      const theirs = {
        ...desired({ maxReplicas: 9 }),
        metadata: { name: 'cart', namespace: 'shop' },
      };
      await controlPlane.admin.create(paths.hpas('shop'), theirs);
      const [found] = await expectSoon(
        'the watch has seen it',
        () => hpas.list(signal),
        (all) => all.length === 1,
        halfAMinute,
      );

      await expect(hpas.apply(desired(), found, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });
      const unchanged = await controlPlane.admin.get(`${paths.hpas('shop')}/cart`);
      expect(unchanged.metadata.resourceVersion).toBe(found?.resourceVersion);
      await controlPlane.admin.remove(`${paths.hpas('shop')}/cart`);
    });

    test('an HPA that the API server does not accept is refused with its words', async () => {
      const ports = open();
      await using _ = ports.kube;
      await using hpas = openHpas(ports, everywhere);

      await expect(
        hpas.apply(desired({ minReplicas: 0 }), undefined, signal),
      ).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        message: expect.stringContaining('spec.minReplicas') as unknown,
      });
    });

    test('the APIService is made, changed and guarded', async () => {
      const { admin } = controlPlane;
      const ports = open();
      await using _ = ports.kube;
      await using apiServices = openApiServices(ports);
      await apiServices.ready;
      let changes = 0;
      apiServices.onChange(() => (changes += 1));
      const wanted: DesiredApiService = {
        serviceNamespace: 'shop',
        serviceName: 'adapter',
        port: 6443,
        caBundle: controlPlane.ca,
      };
      await admin.create(paths.services('shop'), aLoopbackService('shop', 'adapter'));

      expect(await apiServices.get(signal)).toBeUndefined();
      await apiServices.apply(wanted, undefined, signal);
      const made = await expectSoon(
        'the API server has tried it',
        () => apiServices.get(signal),
        (found) => found?.reason !== undefined,
        halfAMinute,
      );
      expect(made).toMatchObject({ ...wanted, available: false });
      await expect(apiServices.apply(wanted, undefined, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });

      const path = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
      await admin.patch(path, { spec: { service: { name: 'keda' } } });
      await expectSoon(
        'the theft is told',
        () => changes,
        (told) => told > 1,
        halfAMinute,
      );
      await expect(apiServices.apply(wanted, made, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });
      const stolen = await apiServices.get(signal);
      await admin.remove(path);
      await expect(apiServices.apply(wanted, stolen, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
      });
      expect(await apiServices.get(signal)).toBeUndefined();
    });
  },
);
