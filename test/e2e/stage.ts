import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { createAuthority } from '../control-plane/pki.ts';
import { expectSoon } from './expect-soon.ts';
import { aLoopbackService, anApiService, aNamespace, conditionOf, paths } from './objects.ts';

export const NAMESPACE = 'stage';
const SERVICE = 'stage';

export type PodReport = {
  readonly name: string;
  readonly milli: number;
  /** Epoch ms, whole seconds. */
  readonly at: number;
  readonly windowSeconds: number;
};

/** What the HPA controller is told during one sync. */
export type Scene = {
  readonly wanted: number;
  readonly existing: number;
  /** Absent = refused. */
  readonly externalMilli?: number;
  readonly reports: readonly PodReport[];
};

export interface Actor {
  /** The controller begins a sync; it waits for the answer. */
  begin(): Promise<Scene>;
  /** It has decided on another number of replicas. */
  scaled(replicas: number): void;
}

/**
 * An aggregated API server that plays everything an HPA asks for: the scale of its target, resource metrics and external
 * metrics. So one request begins each sync, and nothing moves during it. Pods are real ones.
 */
export async function openStage(
  { admin, folder }: ControlPlane,
  actors: ReadonlyMap<string, Actor>,
): Promise<AsyncDisposable> {
  const authority = await createAuthority(folder, 'stage-ca');
  const pair = await authority.serve('stage', [`${SERVICE}.${NAMESPACE}.svc`]);
  const scenes = new Map<string, Scene>();
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const url = new URL(request.url ?? '/', 'https://stage');
    const said = await answer(actors, scenes, url, request.method === 'PUT' ? body : undefined);
    response.writeHead(said.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(said.body));
  };
  const credentials = { cert: pair.cert, key: pair.key };
  const server = createServer(credentials, (request, response) => void reply(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await admin.create(paths.namespaces, aNamespace(NAMESPACE));
  await admin.create(paths.services(NAMESPACE), aLoopbackService(NAMESPACE, SERVICE));
  for (const [group, version] of GROUPS) {
    const place = { namespace: NAMESPACE, service: SERVICE, port, ca: authority.ca };
    const wanted = anApiService({ group, version, ...place });
    await admin.create(paths.apiServices, wanted);
    await expectSoon(
      `${group} is available`,
      () => admin.get(`${paths.apiServices}/${wanted.metadata.name}`),
      (found) => conditionOf(found, 'Available')?.status === 'True',
      { withinMs: 60_000, everyMs: 100 },
    );
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const GROUPS = [
  ['metrics.k8s.io', 'v1beta1'],
  ['external.metrics.k8s.io', 'v1beta1'],
  ['stage.test', 'v1'],
] as const;

type Said = { readonly status: number; readonly body: unknown };

async function answer(
  actors: ReadonlyMap<string, Actor>,
  scenes: Map<string, Scene>,
  { pathname, searchParams }: URL,
  put: string | undefined,
): Promise<Said> {
  const discovery = RESOURCES[pathname];
  if (discovery) return { status: 200, body: discovery };
  const scaled = /\/players\/(?<name>[^/]+)\/scale$/.exec(pathname)?.groups?.['name'];
  if (scaled !== undefined) return await scaleOf(scaled, actors, scenes, put);
  const name = searchParams.get('labelSelector')?.split('=')[1] ?? '';
  const scene = scenes.get(name);
  if (scene === undefined) return { status: 404, body: {} };
  if (pathname.endsWith('/pods')) return { status: 200, body: podMetrics(scene) };
  if (pathname.endsWith('/predicted-cpu')) return externalMetric(scene);
  return { status: 404, body: {} };
}

async function scaleOf(
  name: string,
  actors: ReadonlyMap<string, Actor>,
  scenes: Map<string, Scene>,
  put: string | undefined,
): Promise<Said> {
  const actor = actors.get(name);
  if (actor === undefined) return { status: 404, body: {} };
  if (put !== undefined) {
    const body = JSON.parse(put) as { readonly spec: { readonly replicas?: number } };
    actor.scaled(body.spec.replicas ?? 0);
    return { status: 200, body };
  }
  const scene = await actor.begin();
  scenes.set(name, scene);
  const body = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace: NAMESPACE },
    spec: { replicas: scene.wanted },
    status: { replicas: scene.existing, selector: `app=${name}` },
  };
  return { status: 200, body };
}

const podMetrics = ({ reports }: Scene) => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'PodMetricsList',
  metadata: {},
  items: reports.map(({ name, milli, at, windowSeconds }) => ({
    metadata: { name, namespace: NAMESPACE },
    timestamp: new Date(at).toISOString(),
    window: `${windowSeconds}s`,
    containers: [{ name: 'main', usage: { cpu: `${milli}m`, memory: '1Mi' } }],
  })),
});

function externalMetric({ externalMilli }: Scene): Said {
  if (externalMilli === undefined) {
    const body = { apiVersion: 'v1', kind: 'Status', status: 'Failure', message: 'stale' };
    return { status: 503, body: { ...body, code: 503, reason: 'ServiceUnavailable' } };
  }
  const value = {
    metricName: 'predicted-cpu',
    metricLabels: {},
    timestamp: new Date().toISOString(),
    value: `${externalMilli}m`,
  };
  const body = { apiVersion: 'external.metrics.k8s.io/v1beta1', kind: 'ExternalMetricValueList' };
  return { status: 200, body: { ...body, metadata: {}, items: [value] } };
}

const resources = (groupVersion: string, list: readonly unknown[]) => ({
  apiVersion: 'v1',
  kind: 'APIResourceList',
  groupVersion,
  resources: list,
});
const namespaced = { singularName: '', namespaced: true, verbs: ['get'] };
const RESOURCES: Readonly<Record<string, unknown>> = {
  '/apis/metrics.k8s.io/v1beta1': resources('metrics.k8s.io/v1beta1', [
    { ...namespaced, name: 'pods', kind: 'PodMetrics' },
  ]),
  '/apis/external.metrics.k8s.io/v1beta1': resources('external.metrics.k8s.io/v1beta1', [
    { ...namespaced, name: 'predicted-cpu', kind: 'ExternalMetricValueList' },
  ]),
  '/apis/stage.test/v1': resources('stage.test/v1', [
    { ...namespaced, name: 'players', kind: 'Player' },
    {
      ...namespaced,
      name: 'players/scale',
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'update'],
    },
  ]),
};
