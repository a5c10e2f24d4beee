import { ask } from '../e2e/ask.ts';
import { expectSoon } from '../e2e/expect-soon.ts';
import {
  aLoopbackService,
  anApiService,
  conditionOf,
  paths,
  type Cluster,
} from '../e2e/objects.ts';
import { METRICS_PATH, NODE_ANNOTATION, NODE_NAME } from './kwok-config.ts';

/** Large enough for every test's pods. */
const CAPACITY = { cpu: '320', memory: '2560Gi', pods: '11000' };

/** The node that all pods are bound to, and that tells metrics-server where its usage is read. */
export async function createFakeNode(admin: Cluster): Promise<void> {
  await admin.create(paths.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE_NAME,
      annotations: { ...NODE_ANNOTATION, 'metrics.k8s.io/resource-metrics-path': METRICS_PATH },
      labels: { 'kubernetes.io/hostname': NODE_NAME },
    },
    status: { allocatable: CAPACITY, capacity: CAPACITY },
  });
}

const WARM_UP = 'kwok-warm-up';

/**
 * kwok begins to watch pods when it is first asked for the usage of one, and answers without that
 * first. Asked here, it costs metrics-server no scrape.
 */
export async function warmUpUsage(admin: Cluster, kubeletPort: number): Promise<void> {
  await soon(
    'kube-system exists',
    () => admin.find(`${paths.namespaces}/kube-system`),
    (found) => found !== undefined,
  );
  const pods = paths.pods('kube-system');
  await admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: WARM_UP },
    spec: { nodeName: NODE_NAME, containers: [{ name: 'main', image: 'none' }] },
  });
  const as = { headers: { accept: '*/*' } };
  await soon(
    'kwok reports the usage of a pod',
    () => ask(`https://127.0.0.1:${kubeletPort}${METRICS_PATH}`, { as }),
    ({ text }) => text.includes('container_cpu_usage_seconds_total{'),
  );
  await admin.remove(`${pods}/${WARM_UP}?gracePeriodSeconds=0`);
}

const WITHIN_MS = 60_000;

/** To be called when the server answers: an APIService seen as dead at first takes half a minute more. */
export async function registerMetricsServer(
  admin: Cluster,
  port: number,
  ca: string,
): Promise<void> {
  const place = { namespace: 'kube-system', service: 'metrics-server' };
  await admin.create(
    paths.services(place.namespace),
    aLoopbackService(place.namespace, place.service),
  );
  const wanted = anApiService({ group: 'metrics.k8s.io', version: 'v1beta1', ...place, port, ca });
  await admin.create(paths.apiServices, wanted);
  await soon(
    'metrics.k8s.io is available',
    () => admin.get(`${paths.apiServices}/${wanted.metadata.name}`),
    (found) => conditionOf(found, 'Available')?.status === 'True',
  );
}

const soon = <T>(what: string, look: () => Promise<T>, isIt: (seen: T) => boolean): Promise<T> =>
  expectSoon(what, look, isIt, { withinMs: WITHIN_MS, everyMs: 100 });
