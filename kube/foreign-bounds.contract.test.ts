import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import type { Decision } from '../domain/decision.ts';
import { silentLog } from '../domain/log.ts';
import { reconciler } from '../inference/reconcile.ts';
import { TEN } from '../test/builders.ts';
import { startControlPlane, type ControlPlane } from '../test/control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../test/control-plane/programs.ts';
import { expectSoon } from '../test/e2e/expect-soon.ts';
import { aNamespace, paths } from '../test/e2e/objects.ts';
import { aWorkload, OPTIONS, wanted } from '../test/scaling.ts';
import { openKube } from './client.ts';
import { toFoundHpa } from './found-hpa.ts';
import { openHpas } from './hpas.ts';
import type { Kube } from './request.ts';

const missing = whyMissing(CONTROL_PLANE);
const { signal } = new AbortController();
const halfAMinute = { withinMs: 30_000 };
const CART = `${paths.hpas('shop')}/cart`;

describe.skipIf(missing !== undefined)(
  `bounds that people set on our HPA, on a real API server ${missing ?? ''}`,
  () => {
    const house = new AsyncDisposableStack();
    let controlPlane: ControlPlane;
    beforeAll(async () => {
      controlPlane = house.use(await startControlPlane());
      // Nobody but us and the person writes here: each new resource version is one of theirs or ours.
      await controlPlane.stop('kube-controller-manager');
      await controlPlane.admin.create(paths.namespaces, aNamespace('shop'));
    });
    afterAll(() => house.disposeAsync());

    /** Reconciles the workload `shop/cart` with a configuration that a test may change. */
    const openHouse = (stack: AsyncDisposableStack) => {
      const client = stack.use(openKube({ kubeconfig: controlPlane.kubeconfig }));
      const writes: unknown[] = [];
      const kube: Kube = {
        ...client,
        ask(question, stop) {
          if (question.method === 'PATCH') writes.push(question.body);
          return client.ask(question, stop);
        },
      };
      const ports = { kube, clock: systemClock, random: () => 0.1, log: silentLog };
      const scope = { namespaces: [], excludeNamespaces: ['kube-system'] };
      const hpas = stack.use(openHpas(ports, scope));
      const config = { ...OPTIONS, tolerance: true };
      const told: Decision[] = [];
      const one = reconciler(
        {
          hpas,
          workloads: () => [aWorkload()],
          managed: () => true,
          ledger: { appendDecisions: async (decisions) => void told.push(...decisions) },
          settings: { all: async () => [], set: async () => {} },
          history: { readBuckets: async () => [] },
        },
        config,
        silentLog,
      );
      const live = async () => {
        const hpa = toFoundHpa(await controlPlane.admin.get(CART));
        if (hpa === undefined) throw new Error('the API server has an HPA that is none');
        return hpa;
      };
      return {
        config,
        hpas,
        live,
        told,
        writes,
        /** As `kubectl edit` sends it. */
        async edit(change: object) {
          const type = 'application/merge-patch+json';
          const path = `${CART}?fieldManager=kubectl-edit`;
          const { status, text } = await controlPlane.admin.raw('PATCH', path, change, type);
          if (status !== 200) throw new Error(text);
        },
        /** One round on what the API server has now. */
        async round() {
          const newest = await controlPlane.admin.find(CART);
          await expectSoon(
            'the watch has seen the newest',
            () => hpas.list(signal),
            ([hpa]) => hpa?.resourceVersion === newest?.metadata.resourceVersion,
            { ...halfAMinute, everyMs: 20 },
          );
          const [state] = await one.round(TEN, signal);
          return state?.change;
        },
      };
    };

    test('their maximum stays, the rest goes on being ours, and idle rounds write nothing', async () => {
      await using stack = new AsyncDisposableStack();
      const world = openHouse(stack);
      expect(await world.round()).toBe('create');
      expect(await world.live()).toMatchObject({ foreignBounds: [] });

      // 1. They set a bound, and something that is not theirs to keep.
      const off = { behavior: { scaleDown: { selectPolicy: 'Disabled' } } };
      await world.edit({ spec: { maxReplicas: 8, ...off } });
      expect(await world.live()).toMatchObject({
        managers: expect.arrayContaining(['self-scaling', 'kubectl-edit']) as unknown,
        foreignBounds: ['maxReplicas'],
      });
      expect(await world.round()).toBe('apply');
      expect(await world.live()).toMatchObject({
        foreignBounds: ['maxReplicas'],
        spec: { minReplicas: 2, maxReplicas: 8, behavior: { scaleDown: { selectPolicy: 'Max' } } },
      });

      // 2. The configuration moves both bounds: the one that is ours follows.
      Object.assign(world.config, { minReplicas: 3, maxReplicas: 40 });
      expect(await world.round()).toBe('apply');
      const after = await world.live();
      expect(after).toMatchObject({
        foreignBounds: ['maxReplicas'],
        spec: { minReplicas: 3, maxReplicas: 8 },
      });

      // 3. Nothing more is written.
      const before = [world.writes.length, world.told.length];
      for (let idle = 0; idle < 5; idle += 1) expect(await world.round()).toBe('leave');
      expect((await world.live()).resourceVersion).toBe(after.resourceVersion);
      expect([world.writes.length, world.told.length]).toEqual(before);

      // 4. They change their mind, and take the other bound too, which the configuration moved again.
      await world.edit({ spec: { maxReplicas: 12 } });
      await world.edit({ spec: { minReplicas: 5 } });
      Object.assign(world.config, { minReplicas: 4 });
      expect(await world.round()).toBe('leave');
      expect(await world.live()).toMatchObject({
        foreignBounds: ['minReplicas', 'maxReplicas'],
        spec: { minReplicas: 5, maxReplicas: 12 },
      });
      await controlPlane.admin.remove(CART);
    });

    test('an apply that would take their bound back is a conflict, and changes nothing', async () => {
      await using stack = new AsyncDisposableStack();
      const world = openHouse(stack);
      await world.round();
      await world.edit({ spec: { maxReplicas: 8 } });
      const theirs = await world.live();

      await expect(world.hpas.apply(wanted(), theirs, signal)).rejects.toMatchObject({
        code: 'KUBE_CONFLICT',
        message: expect.stringContaining('spec.maxReplicas') as unknown,
      });
      expect(await world.live()).toEqual(theirs);
      await controlPlane.admin.remove(CART);
    });

    test('a bound that its owner lets go of is ours again', async () => {
      await using stack = new AsyncDisposableStack();
      const world = openHouse(stack);
      await world.round();
      const byTest = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
      const metadata = { name: 'cart', namespace: 'shop' };
      await controlPlane.admin.apply(CART, { ...byTest, metadata, spec: { maxReplicas: 8 } });
      Object.assign(world.config, { minReplicas: 3 });
      expect(await world.round()).toBe('apply');
      expect(await world.live()).toMatchObject({ foreignBounds: ['maxReplicas'] });

      await controlPlane.admin.apply(CART, { ...byTest, metadata });
      expect(await world.live()).toMatchObject({ foreignBounds: [], spec: { maxReplicas: 8 } });
      expect(await world.round()).toBe('apply');
      expect(await world.live()).toMatchObject({ spec: { minReplicas: 3, maxReplicas: 20 } });
      await controlPlane.admin.remove(CART);
    });
  },
);
