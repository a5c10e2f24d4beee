import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { exportScaledObject } from '../../main/export.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { KEDA, startKeda } from '../control-plane/keda.ts';
import { createAuthority } from '../control-plane/pki.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { expectSoon } from './expect-soon.ts';
import { aScaledObject, createAuthentication, openRig, SCALED_OBJECTS, SHOP } from './keda-rig.ts';
import { aDeployment, aNamespace, conditionOf, paths, type KubeObject } from './objects.ts';

const missing = whyMissing([...CONTROL_PLANE, ...KEDA]);
const PATIENCE = { withinMs: 40_000, everyMs: 200 };
/** Four syncs of the HPA. */
const SYNCS_MS = 8_000;
const FAST = [
  '--horizontal-pod-autoscaler-sync-period=2s',
  '--horizontal-pod-autoscaler-downscale-stabilization=4s',
];

type Deployment = { readonly spec: { readonly replicas: number } };
type Hpa = {
  readonly spec: { readonly maxReplicas: number; readonly metrics?: readonly object[] };
};

describe.skipIf(missing !== undefined)(`beside a real KEDA ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  let rig: Awaited<ReturnType<typeof openRig>>;

  beforeAll(async () => {
    controlPlane = house.use(await startControlPlane({ kwok: true, controllerManagerFlags: FAST }));
    const { admin, folder } = controlPlane;
    house.use(await startKeda(controlPlane));
    const [ours, clients, strangers] = await Promise.all([
      createAuthority(folder, 'scaler-ca'),
      createAuthority(folder, 'scaler-clients-ca'),
      createAuthority(folder, 'strangers-ca'),
    ]);
    rig = house.use(await openRig(ours, clients));
    await admin.create(paths.namespaces, aNamespace(SHOP));
    await createAuthentication(admin, 'scaler', ours, clients);
    await createAuthentication(admin, 'stranger', ours, strangers);
    for (const name of ['cart', 'forged']) {
      await admin.create(
        paths.deployments(SHOP),
        aDeployment({ namespace: SHOP, name, replicas: 2 }),
      );
    }
  }, 120_000);
  afterAll(() => house.disposeAsync(), 60_000);

  const replicasOf = async (name: string): Promise<number> =>
    (await controlPlane.admin.get<Deployment>(`${paths.deployments(SHOP)}/${name}`)).spec.replicas;
  const replicasAre = (wanted: number) =>
    expectSoon(
      `cart has ${wanted} replicas`,
      () => replicasOf('cart'),
      (seen) => seen === wanted,
      PATIENCE,
    );
  /** The fewest that are seen during some syncs of the HPA. */
  const fewestOf = async (name: string): Promise<number> => {
    let fewest = Number.POSITIVE_INFINITY;
    for (const until = performance.now() + SYNCS_MS; performance.now() < until; await delay(500)) {
      fewest = Math.min(fewest, await replicasOf(name));
    }
    return fewest;
  };
  /** Our metric, when the ScaledObject was edited and KEDA has written its HPA anew. */
  const metricsAfterEdit = async (maxReplicaCount: number) => {
    const { admin } = controlPlane;
    await admin.patch(`${SCALED_OBJECTS}/cart`, { spec: { maxReplicaCount } });
    const hpa = await expectSoon(
      'KEDA writes its HPA anew',
      () => admin.get<Hpa>(`${paths.hpas(SHOP)}/keda-hpa-cart`),
      ({ spec }) => spec.maxReplicas === maxReplicaCount,
      PATIENCE,
    );
    return hpa.spec.metrics;
  };
  const OURS = [
    expect.objectContaining({
      type: 'External',
      external: expect.objectContaining({ target: { type: 'AverageValue', averageValue: '1' } }),
    }),
  ];

  test('a ScaledObject with our trigger scales its Deployment by the forecast', async () => {
    const { admin } = controlPlane;
    rig.say(4.5);
    const wish = { port: rig.port(), authentication: 'scaler' };
    await admin.create(SCALED_OBJECTS, aScaledObject({ name: 'cart', ...wish }));
    const forged = { name: 'forged', port: rig.port(), authentication: 'stranger' };
    await admin.create(SCALED_OBJECTS, aScaledObject(forged));
    expect(await replicasAre(5)).toBe(5);
  });

  test('while the forecast is stale, or the store is away, an edit keeps our metric and nothing is lowered', async () => {
    rig.say('stale');
    expect(await metricsAfterEdit(13)).toEqual(OURS);
    expect(await fewestOf('cart')).toBe(5);
    const { admin } = controlPlane;
    await expectSoon(
      'KEDA falls back',
      () => admin.get(`${SCALED_OBJECTS}/cart`),
      (found) => conditionOf(found, 'Fallback')?.status === 'True',
      PATIENCE,
    );
    rig.say('no store');
    expect(await metricsAfterEdit(14)).toEqual(OURS);
    expect(rig.told).toContain('GetMetrics UNAVAILABLE');
    expect(await replicasOf('cart')).toBe(5);
  });

  test('while the scaler is killed, nothing is lowered; when it is back, the forecast decides', async () => {
    await rig.stop();
    expect(await fewestOf('cart')).toBe(5);
    rig.say(6.2);
    await rig.start();
    expect(await replicasAre(7)).toBe(7);
  });

  test('a fresh forecast of zero scales in to the minimum', async () => {
    rig.say(0);
    expect(await replicasAre(2)).toBe(2);
  });

  test('the ScaledObject that is exported for a component is one', async () => {
    const { admin, kubeconfig } = controlPlane;
    const config = loadConfig({ environment: {}, flags: [`kube.kubeconfig=${kubeconfig}`] });
    const wish = { component: `${SHOP}/forged`, authentication: 'scaler' };
    const exported = JSON.parse(await exportScaledObject(config, wish)) as KubeObject & {
      spec: object;
    };
    const path = `${SCALED_OBJECTS}/forged?fieldManager=test&force=true&dryRun=All`;
    const answer = await admin.raw('PATCH', path, exported, 'application/apply-patch+yaml');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ spec: exported.spec });
    await expect(
      exportScaledObject(config, { ...wish, component: `${SHOP}/nobody` }),
    ).rejects.toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
  });

  test('a trigger with a certificate of strangers is refused and moves nothing', async () => {
    const { admin } = controlPlane;
    const hpa = await admin.find<Hpa>(`${paths.hpas(SHOP)}/keda-hpa-forged`);
    expect(JSON.stringify(hpa?.spec.metrics ?? [])).not.toContain('External');
    expect([...rig.asked]).toEqual(['cart']);
    expect(await replicasOf('forged')).toBe(2);
  });
});
