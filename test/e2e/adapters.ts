import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  issueServing,
  type CertificatePair,
} from '../../apiservice/certificates.ts';
import { silentLog } from '../../domain/log.ts';
import { bucketStart, epochMs, STEP } from '../../domain/units.ts';
import { certificateDirectory } from '../../main/certificate-directory.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { aForecast, anIssue } from '../builders.ts';
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../control-plane/control-plane.ts';
import { expectSoon } from './expect-soon.ts';
import { aNamespace, anApiService, conditionOf, paths } from './objects.ts';
import { startOurProcess, type OurProcess } from './our-process.ts';

const NAMESPACE = 'self-scaling';
const SERVICE = 'self-scaling-adapter';
export const SERVED_NAME = `${SERVICE}.${NAMESPACE}.svc`;
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const PORT_NAME = 'https';
const SERVICE_PORT = 443;
const BATCH = 500;
export const HPA_CONTROLLER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';

/** Cores at the level that HPAs are served, in milli; the same for ever. */
export const milliOf = (index: number): number => 1000 + (index % 1000);
export const nameOf = (index: number): string => `part-${index}`;
export const pathOf = (index: number): string =>
  `/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/predicted-cpu?labelSelector=component%3D${nameOf(index)}`;

/** An address of this machine that an EndpointSlice may hold: loopback is refused. Empty when there is none. */
export const OWN_ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '';

export type Adapter = OurProcess & { readonly port: number; readonly opsPort: number };
export type Adapters = Awaited<ReturnType<typeof openAdapters>>;

/** A store with a forecast for each of so many components; whoever reads it first finds them all. */
export async function fillStore(path: string, components: number): Promise<void> {
  const now = epochMs(Date.now());
  const start = bucketStart(now, STEP);
  const { signal } = new AbortController();
  await using store = await openSqliteStore({ path }, silentLog);
  for (let from = 0; from < components; from += BATCH) {
    const issues = Array.from({ length: Math.min(BATCH, components - from) }, (_, offset) => {
      const index = from + offset;
      // The level 0.9 lies 40 % above the median; what is packed and read is rounded up.
      const forecast = aForecast((milliOf(index) - 0.5) / 1000 / 1.4, { start });
      const issued = { forecast, issuedAt: now, model: 'network', run: 'train-1' };
      return anIssue({ key: { namespace: 'shop', component: nameOf(index) }, issued });
    });
    await store.writeFuture(issues, signal);
  }
}

/** A control plane and a store with forecasts; adapters of the role itself are started beside them. */
export async function openAdapters(
  house: AsyncDisposableStack,
  components: number,
  options: ControlPlaneOptions = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-adapters-'));
  house.defer(() => rm(folder, { recursive: true, force: true }));
  const controlPlane = house.use(await startControlPlane(options));
  const { admin, kubeconfig } = controlPlane;
  await admin.create(paths.namespaces, aNamespace('shop'));
  await admin.create(paths.namespaces, aNamespace(NAMESPACE));
  const now = epochMs(Date.now());
  const keeper = certificateDirectory(join(folder, 'certificates'));
  const store = join(folder, 'store.sqlite');
  await fillStore(store, components);
  return {
    folder,
    controlPlane,
    keeper,
    /** Writes an authority and what it signs where the adapters look; made now unless told. */
    async certify(madeAt = now): Promise<CertificatePair> {
      const ca = await createAuthority(madeAt);
      await keeper.write('ca', ca);
      const names = [SERVED_NAME, 'localhost', '127.0.0.1'];
      await keeper.write('adapter', await issueServing(ca, names, now));
      return ca;
    },
    /** Resolves when it serves. */
    async start(name: string, host: string, more: More = {}): Promise<Adapter> {
      const config = {
        kube: { kubeconfig },
        store: { path: more.store ?? store },
        adapter: { host, port: 0, certificateDirectory: join(folder, 'certificates') },
        ops: { host: '127.0.0.1', port: 0 },
      };
      const { env = {}, main } = more;
      const ours = house.use(
        await startOurProcess({ role: 'adapter', name, folder, config, env, main }),
      );
      const line = await ours.says(
        'that it serves',
        ({ msg }) => msg === 'the external metrics API is served',
      );
      return { ...ours, port: Number(line['metrics']), opsPort: Number(line['ops']) };
    },
  };
}

type More = {
  /** Another than the one that was filled. */
  readonly store?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another build of the program than the sources. */
  readonly main?: string;
};

/** Registers the API, or says anew what to believe and where to ask. */
export async function register(
  { admin }: ControlPlane,
  { ca, port = SERVICE_PORT }: { readonly ca: string; readonly port?: number },
): Promise<void> {
  const [group, version] = ['external.metrics.k8s.io', 'v1beta1'];
  const place = { namespace: NAMESPACE, service: SERVICE, port };
  await admin.apply(API_SERVICE, anApiService({ group, version, ...place, ca }));
}

export async function untilAvailable({ admin }: ControlPlane, status = 'True'): Promise<void> {
  await expectSoon(
    `the APIService is available: ${status}`,
    () => admin.find(API_SERVICE),
    (object) => conditionOf(object, 'Available')?.status === status,
    { withinMs: 60_000 },
  );
}

/** A Service that leads to endpoints that are told: what the EndpointSlice controller does for pods. */
export function endpointsOf({ admin }: ControlPlane, address: string) {
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
  const slice = ({ name, port }: Endpoint, ready: boolean) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': SERVICE } },
    addressType: 'IPv4',
    ports: [{ name: PORT_NAME, port, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready } }],
  });
  return {
    createService: () =>
      admin.create(paths.services(NAMESPACE), {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: SERVICE, namespace: NAMESPACE },
        spec: { ports: [{ name: PORT_NAME, port: SERVICE_PORT, targetPort: SERVICE_PORT }] },
      }),
    add: (endpoint: Endpoint) => admin.apply(`${slices}/${endpoint.name}`, slice(endpoint, true)),
    remove: (name: string) => admin.remove(`${slices}/${name}`),
  };
}

type Endpoint = { readonly name: string; readonly port: number };
