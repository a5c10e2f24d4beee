import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { externalMetrics } from '../../adapter/provider.ts';
import type { CertificatePair } from '../../apiservice/certificates.ts';
import { keepClaim } from '../../apiservice/claim.ts';
import { keepCertificates } from '../../apiservice/rotation.ts';
import { openApiService } from '../../apiservice/server.ts';
import { systemClock } from '../../domain/clock.ts';
import { silentLog } from '../../domain/log.ts';
import { openApiServices } from '../../kube/api-services.ts';
import { watchAuthConfig } from '../../kube/auth-config.ts';
import { openKube } from '../../kube/client.ts';
import { accessReviews } from '../../kube/reviews.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { ask, type Identity } from '../e2e/ask.ts';
import { expectSoon } from '../e2e/expect-soon.ts';
import { aLoopbackService, aNamespace, conditionOf, paths } from '../e2e/objects.ts';
import { callers, D } from './fixture.ts';
import { snapshotOf } from './snapshot.ts';

const missing = whyMissing(CONTROL_PLANE);
const OURS = { serviceNamespace: 'self-scaling', serviceName: 'self-scaling-adapter' };
const SERVED_NAME = `${OURS.serviceName}.${OURS.serviceNamespace}.svc`;
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const CART = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const HPA = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';
const PATIENCE = { withinMs: 90_000 };
const { signal } = new AbortController();
const now = () => systemClock.now();

describe.skipIf(missing !== undefined)(`behind a real kube-apiserver ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  let serving: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    controlPlane = house.use(await startControlPlane());
    const { admin } = controlPlane;
    await admin.create(paths.namespaces, aNamespace(OURS.serviceNamespace));
    const services = paths.services(OURS.serviceNamespace);
    await admin.create(services, aLoopbackService(OURS.serviceNamespace, OURS.serviceName));
    serving = await serve();
  });
  afterAll(() => house.disposeAsync());

  /** The metrics API as an adapter serves it, with the cluster's own word on identity and access. */
  async function serve() {
    const kube = house.use(openKube({ kubeconfig: controlPlane.kubeconfig }));
    const ports = { kube, clock: systemClock, random: () => 0.1, log: silentLog };
    const authConfig = house.use(watchAuthConfig(ports));
    const object = house.use(openApiServices(ports));
    await authConfig.ready;
    const kept = new Map<string, CertificatePair>();
    const keeper = {
      read: async (name: string) => kept.get(name),
      write: async (name: string, pair: CertificatePair) => void kept.set(name, pair),
    };
    const certificates = await keepCertificates(keeper, [SERVED_NAME], now, silentLog);
    const service = house.use(
      await openApiService(
        {
          provider: externalMetrics({ current: () => snapshotOf(now()) }),
          authConfig,
          reviewer: accessReviews(kube, {
            pause: (duration, stop) => systemClock.sleep(duration, stop),
            random: () => 0.1,
          }),
          certificate: certificates,
          draining: signal,
          log: silentLog,
          now,
          metricsText: async () => '',
        },
        { host: '127.0.0.1', port: 0, version: '0.1.0' },
      ),
    );
    const { port } = service;
    const desired = () => ({ ...OURS, port, caBundle: certificates.current().caBundle });
    const claim = keepClaim(object, desired, { takeOver: false }, silentLog);
    return { claim, certificates, port };
  }

  const through = (path: string, as: Identity) =>
    ask(`${controlPlane.apiServerUrl}${path}`, { ca: controlPlane.ca, as });
  const directly = (path: string, as: Identity) =>
    ask(`https://127.0.0.1:${serving.port}${path}`, {
      ca: serving.certificates.current().caBundle,
      servername: SERVED_NAME,
      as,
    });
  const availableIs = (status: string) =>
    expectSoon(
      `the APIService is available: ${status}`,
      () => controlPlane.admin.find(API_SERVICE),
      (object) => conditionOf(object, 'Available')?.status === status,
      { withinMs: 40_000 },
    );

  test('the claimed name becomes available', async () => {
    await serving.claim.round(signal);
    await availableIs('True');
    expect(serving.claim.owned()).toBe(true);
  });

  test('a claim that holds is not written again', async () => {
    const before = await controlPlane.admin.get(API_SERVICE);
    await serving.claim.round(signal);
    const after = await controlPlane.admin.get(API_SERVICE);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test(
    'kubectl finds the one resource, by both ways of discovery',
    { timeout: 120_000 },
    async () => {
      const admin = await controlPlane.identityFor('admin', ['system:masters']);
      const list = await through(D, admin);
      expect(list.json()).toMatchObject({ resources: [{ name: 'externalmetrics' }] });
      const discovered = await expectSoon(
        'aggregated discovery holds the group',
        async () => (await through('/apis', { ...admin, headers: { accept: V2 } })).json(),
        (document) => JSON.stringify(document).includes('"externalmetrics"'),
        PATIENCE,
      );
      const { items } = discovered as {
        items: { metadata: { name: string }; versions: object[] }[];
      };
      expect(
        items.find(({ metadata }) => metadata.name === 'external.metrics.k8s.io'),
      ).toMatchObject({
        versions: [{ version: 'v1beta1', freshness: 'Current' }],
      });
    },
  );

  test(
    'the OpenAPI of the cluster holds ours, and its log has nothing to complain of',
    { timeout: 120_000 },
    async () => {
      const admin = await controlPlane.identityFor('admin', ['system:masters']);
      await expectSoon(
        'OpenAPI v2 holds our path',
        async () => (await through('/openapi/v2', admin)).text,
        (text) => text.includes('/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}'),
        PATIENCE,
      );
      const url = await expectSoon(
        'OpenAPI v3 holds our key',
        async () => {
          const root = (await through('/openapi/v3', admin)).json() as {
            paths: Record<string, { serverRelativeURL: string }>;
          };
          return root.paths[D.slice(1)]?.serverRelativeURL ?? '';
        },
        (found) => found !== '',
        PATIENCE,
      );
      const document = await through(url, admin);
      expect(document.json()).toMatchObject({ openapi: '3.0.0' });
      const log = await readFile(controlPlane.logOf('kube-apiserver'), 'utf8');
      const complaints = log
        .split('\n')
        .filter((line) => /^[EW]\d.*(openapi|external)/i.test(line));
      expect(complaints).toEqual([]);
    },
  );

  test('the HPA controller reads a forecast; somebody else does not', async () => {
    const hpa = await controlPlane.identityFor(HPA, ['system:serviceaccounts']);
    const jane = await controlPlane.identityFor('jane');
    const [its, hers] = [await through(CART, hpa), await through(CART, jane)];
    expect(its.json()).toMatchObject({ items: [{ metricName: 'predicted-cpu', value: '1235m' }] });
    expect(hers.status).toBe(403);
  });

  test('a refusal arrives as it was sent, without a Retry-After', async () => {
    const admin = await controlPlane.identityFor('admin', ['system:masters']);
    const answer = await through(CART.replace('cart', 'old'), admin);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, undefined]);
    expect(answer.json()).toMatchObject({ message: 'the forecast for component "old" is stale' });
  });

  test('asked directly, we believe the front proxy’s certificate and nobody’s headers', async () => {
    const { frontProxy } = controlPlane;
    const headers = { 'x-remote-user': callers.H['x-remote-user'] };
    const boss = { 'x-remote-user': 'boss', 'x-remote-group': 'system:masters' };
    const jane = await controlPlane.identityFor('jane');
    const statuses = await Promise.all(
      [
        { cert: frontProxy.cert, key: frontProxy.key, headers },
        { headers: boss },
        { ...jane, headers: boss },
        { token: 'nonsense', headers: boss },
      ].map(async (as) => (await directly(CART, as)).status),
    );
    expect(statuses).toEqual([200, 403, 403, 401]);
  });

  test('a name that is taken is given up, and ours again when it comes back', async () => {
    const { admin } = controlPlane;
    const point = (namespace: string, name: string) =>
      admin.patch(API_SERVICE, { spec: { service: { namespace, name, port: serving.port } } });
    await point('keda', 'keda-metrics-apiserver');
    await expect(serving.claim.round(signal)).rejects.toThrow(
      expect.objectContaining({
        code: 'API_SERVICE_TAKEN',
        details: expect.objectContaining({ owner: 'keda/keda-metrics-apiserver' }),
      }),
    );
    expect(serving.claim.owned()).toBe(false);
    await point(OURS.serviceNamespace, OURS.serviceName);
    await serving.claim.round(signal);
    await availableIs('True');
    expect(serving.claim.owned()).toBe(true);
  });
});
