import { externalMetrics } from '../../adapter/provider.ts';
import { openApiService } from '../../apiservice/server.ts';
import { systemClock } from '../../domain/clock.ts';
import { silentLog } from '../../domain/log.ts';
import { watchAuthConfig } from '../../kube/auth-config.ts';
import { openKube } from '../../kube/client.ts';
import { accessReviews } from '../../kube/reviews.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { aUser } from '../e2e/accounts.ts';
import { expectSoon } from '../e2e/expect-soon.ts';
import { aLoopbackService, aNamespace, anApiService, conditionOf, paths } from '../e2e/objects.ts';
import { createAuthority, issueServing } from '../../apiservice/certificates.ts';
import { epochMs } from '../../domain/units.ts';
import { snapshotOf } from '../metrics-api/snapshot.ts';
import type { At } from '../metrics-api/fixture.ts';
import { knownAt } from './known.ts';
import { startGoReference } from './start.ts';

const NAMESPACE = 'both';
const SERVICE = 'metrics';
const SERVED_NAME = `${SERVICE}.${NAMESPACE}.svc`;
const API_SERVICE = 'v1beta1.external.metrics.k8s.io';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const AUTH_CONFIG = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** Both servers with the same values, at one control plane; one of them at a time is registered. */
export async function openBoth(
  controlPlane: ControlPlane,
  authorities: { readonly front: string; readonly clients: string },
) {
  await using opened = new AsyncDisposableStack();
  const { admin, kubeconfig } = controlPlane;
  const moment = epochMs(Math.floor(Date.now() / 1000) * 1000);
  const serving = await createAuthority(moment);
  const certificate = await issueServing(serving, [SERVED_NAME, 'localhost', '127.0.0.1'], moment);
  await believe(controlPlane, authorities);
  await admin.create(paths.namespaces, aNamespace(NAMESPACE));
  await admin.create(paths.services(NAMESPACE), aLoopbackService(NAMESPACE, SERVICE));
  await grant(controlPlane);
  const token = await aUser(admin, NAMESPACE, 'everything', 'everything');

  const go = opened.use(
    await startGoReference({ kubeconfig, serving: certificate, known: knownAt(moment) }),
  );
  const kube = opened.use(openKube({ kubeconfig }));
  const authConfig = opened.use(
    watchAuthConfig({ kube, clock: systemClock, random: () => 0.1, log: silentLog }),
  );
  await authConfig.ready;
  const ours = opened.use(
    await openApiService(
      {
        provider: externalMetrics({ current: () => snapshotOf(moment) }),
        authConfig,
        reviewer: accessReviews(kube, {
          pause: (duration, stop) => systemClock.sleep(duration, stop),
          random: () => 0.1,
        }),
        certificate: { current: () => certificate },
        draining: new AbortController().signal,
        log: silentLog,
        now: () => systemClock.now(),
        metricsText: async () => '',
      },
      { host: '127.0.0.1', port: 0, version: '0.1.0' },
    ),
  );

  const at = (port: number): At => ({ port, ca: serving.cert, servername: SERVED_NAME });
  const kept = opened.move();
  return {
    go: at(go.port),
    ours: at(ours.port),
    token,
    /** Resolves when the API server sends requests to the server on this port. */
    async register({ port, ca }: At): Promise<void> {
      await admin.apply(
        `${paths.apiServices}/${API_SERVICE}`,
        anApiService({
          group: 'external.metrics.k8s.io',
          version: 'v1beta1',
          namespace: NAMESPACE,
          service: SERVICE,
          port,
          ca,
        }),
      );
      await expectSoon(
        'the APIService is available',
        () => admin.find(`${paths.apiServices}/${API_SERVICE}`),
        (object) => conditionOf(object, 'Available')?.status === 'True',
        { withinMs: 40_000 },
      );
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Adds authorities of the tests to those that the API server has written down; it keeps what others add. */
async function believe(
  { admin }: ControlPlane,
  { front, clients }: { readonly front: string; readonly clients: string },
): Promise<void> {
  type Config = { readonly data: Readonly<Record<string, string>> };
  const { data } = await admin.get<Config>(AUTH_CONFIG);
  const added = { 'requestheader-client-ca-file': front, 'client-ca-file': clients };
  const next = Object.entries(added).map(([key, ca]) => [key, `${data[key] ?? ''}${ca}`]);
  await admin.patch(AUTH_CONFIG, { data: Object.fromEntries(next) as unknown });
}

async function grant({ admin }: ControlPlane): Promise<void> {
  const rules = [
    { apiGroups: ['external.metrics.k8s.io'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ];
  await admin.create(`${RBAC}/clusterroles`, { metadata: { name: 'everything' }, rules });
  await admin.create(`${RBAC}/clusterroles`, {
    metadata: { name: 'scraper' },
    rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  });
  for (const name of ['everything', 'scraper']) {
    await admin.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
  }
}
