import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { silentLog } from '../../domain/log.ts';
import { handBack } from '../../main/hand-back.ts';
import { register } from '../../main/register.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { aDeployment, anApiService, aNamespace, paths } from './objects.ts';

const missing = whyMissing(CONTROL_PLANE);
const NAME = 'v1beta1.external.metrics.k8s.io';
const API_SERVICE = `${paths.apiServices}/${NAME}`;
const SERVICE = `${paths.services('self-scaling')}/self-scaling-adapter`;
const SLICE =
  '/apis/discovery.k8s.io/v1/namespaces/self-scaling/endpointslices/self-scaling-adapter-outside';
const LABELS = {
  'app.kubernetes.io/managed-by': 'self-scaling',
  'self-scaling.io/component': 'cart',
};
const predicted = {
  type: 'External',
  external: {
    metric: { name: 'predicted-cpu', selector: { matchLabels: { component: 'cart' } } },
    target: { type: 'AverageValue', averageValue: '375m' },
  },
};
const reactive = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 75 } },
};
const { signal } = new AbortController();

type Hpa = {
  readonly metadata: {
    readonly labels?: object;
    readonly managedFields?: readonly object[];
  };
  readonly spec: { readonly metrics: readonly object[]; readonly minReplicas: number };
};

describe.skipIf(missing !== undefined)(`who owns what, on a real cluster ${missing ?? ''}`, () => {
  let controlPlane: ControlPlane;
  let config: ReturnType<typeof loadConfig>;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    const { admin, kubeconfig } = controlPlane;
    const folder = join(controlPlane.folder, 'our-certificates');
    config = loadConfig({
      environment: {},
      flags: [`kube.kubeconfig=${kubeconfig}`, `adapter.certificateDirectory=${folder}`],
    });
    for (const name of ['self-scaling', 'other', 'shop']) {
      await admin.create(paths.namespaces, aNamespace(name));
    }
    const wish = { group: 'external.metrics.k8s.io', version: 'v1beta1' };
    const other = { namespace: 'other', service: 'adapter', port: 443, ca: '' };
    const { spec, ...theirs } = anApiService({ ...wish, ...other });
    // As most adapters come: their certificate is not looked at.
    const { caBundle: _, ...trusting } = { ...spec, insecureSkipTLSVerify: true };
    await admin.create(paths.apiServices, { ...theirs, spec: trusting });
    for (const name of ['cart', 'solo', 'theirs']) {
      const deployment = aDeployment({ namespace: 'shop', name, replicas: 3 });
      await admin.create(paths.deployments('shop'), deployment);
    }
  }, 60_000);
  afterAll(() => controlPlane[Symbol.asyncDispose]());

  const takingOver = () => ({ ...config, adapter: { ...config.adapter, takeOver: true } });
  const anHpa = (name: string, metrics: readonly object[], labels: object) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'shop', labels },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 9,
      metrics,
    },
  });
  const applyAs = (manager: string, name: string, body: object) =>
    controlPlane.admin.raw(
      'PATCH',
      `${paths.hpas('shop')}/${name}?fieldManager=${manager}`,
      body,
      'application/apply-patch+yaml',
    );

  test('the name of somebody else is not taken, and nothing is left behind', async () => {
    const { admin } = controlPlane;
    const before = await admin.get(API_SERVICE);
    await expect(register(config, '192.0.2.7:7443', silentLog, signal)).rejects.toMatchObject({
      code: 'API_SERVICE_TAKEN',
      message: expect.stringContaining('other/adapter'),
    });
    const handed = await handBack(config, silentLog, signal);
    expect(handed).toMatchObject({
      taken: true,
      lines: [expect.stringContaining('other/adapter'), expect.anything()],
    });
    expect((await admin.get(API_SERVICE)).metadata.uid).toBe(before.metadata.uid);
    expect(await admin.find(SERVICE)).toBeUndefined();
  });

  test('a take-over keeps what stood there; the Service leads out of the cluster; all may be repeated', async () => {
    const { admin } = controlPlane;
    for (const place of ['192.0.2.6:7443', '192.0.2.7:7443']) {
      await register(takingOver(), place, silentLog, signal);
    }
    const found = await admin.get(API_SERVICE);
    expect(found).toMatchObject({
      spec: { service: { namespace: 'self-scaling', name: 'self-scaling-adapter', port: 443 } },
    });
    const before = found.metadata.annotations?.['self-scaling.io/taken-over-from'] ?? '{}';
    expect(JSON.parse(before)).toMatchObject({
      group: 'external.metrics.k8s.io',
      service: { namespace: 'other', name: 'adapter', port: 443 },
      insecureSkipTLSVerify: true,
    });
    expect(found).not.toHaveProperty('spec.insecureSkipTLSVerify');
    expect(await admin.get(SERVICE)).toMatchObject({ spec: { ports: [{ targetPort: 7443 }] } });
    expect(await admin.get<{ spec: object }>(SERVICE)).not.toHaveProperty('spec.selector');
    expect(await admin.get(SLICE)).toMatchObject({
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.7'] }],
      ports: [{ port: 7443 }],
    });
  });

  test('a Service that leads to pods is not led elsewhere', async () => {
    const { admin } = controlPlane;
    const metadata = { name: 'inside', namespace: 'self-scaling' };
    const spec = { selector: { app: 'adapter' }, ports: [{ port: 443, targetPort: 6443 }] };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    await admin.create(paths.services('self-scaling'), service);
    const adapter = { ...takingOver().adapter, serviceName: 'inside' };
    await expect(
      register({ ...config, adapter }, '192.0.2.7:7443', silentLog, signal),
    ).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    expect(await admin.get(`${paths.services('self-scaling')}/inside`)).toMatchObject({ spec });
    expect(await admin.get(API_SERVICE)).toMatchObject({
      spec: { service: { name: 'self-scaling-adapter' } },
    });
  });

  test('handed back, our HPAs are reactive and nobody’s; others are not touched, nothing scales', async () => {
    const { admin } = controlPlane;
    await applyAs('self-scaling', 'cart', anHpa('cart', [predicted, reactive], LABELS));
    await applyAs('self-scaling', 'solo', anHpa('solo', [predicted], LABELS));
    await applyAs('somebody', 'theirs', anHpa('theirs', [predicted, reactive], {}));
    const theirs = await admin.get<Hpa>(`${paths.hpas('shop')}/theirs`);
    const { lines, taken } = await handBack(config, silentLog, signal);
    expect(taken).toBe(false);
    expect(lines).toEqual([
      expect.stringContaining('shop/cart'),
      expect.stringContaining('shop/solo: it scaled by our metrics alone'),
      expect.stringContaining(`kubectl delete apiservice ${NAME}`),
    ]);
    const cart = await admin.get<Hpa>(`${paths.hpas('shop')}/cart`);
    expect(cart.spec.metrics).toEqual([reactive]);
    expect(cart.spec.minReplicas).toBe(2);
    expect(cart.metadata.labels ?? {}).toEqual({});
    expect(JSON.stringify(cart.metadata.managedFields ?? [])).not.toContain('self-scaling');
    const solo = await admin.get<Hpa>(`${paths.hpas('shop')}/solo`);
    expect(JSON.stringify(solo.spec.metrics)).not.toContain('predicted-');
    const after = await admin.get<Hpa>(`${paths.hpas('shop')}/theirs`);
    expect(after.spec).toEqual(theirs.spec);
    expect((await applyAs('git', 'cart', anHpa('cart', [reactive], {}))).status).toBe(200);
    const replicas = await Promise.all(
      ['cart', 'solo', 'theirs'].map(
        async (name) =>
          (await admin.get<{ spec: { replicas: number } }>(`${paths.deployments('shop')}/${name}`))
            .spec.replicas,
      ),
    );
    expect(replicas).toEqual([3, 3, 3]);
    expect((await handBack(config, silentLog, signal)).lines[0]).toBe(
      'no HPA has a metric of ours',
    );
  });
});
