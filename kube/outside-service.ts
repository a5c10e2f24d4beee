import { isRefusal, refusal } from '../domain/errors.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import { at } from './json.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import type { Kube } from './request.ts';

/** Where the program listens, outside of the cluster. */
export type OutsidePlace = {
  /** An address of IP version 4 or 6, or a DNS name. */
  readonly host: string;
  readonly kind: 'IPv4' | 'IPv6' | 'name';
  readonly port: number;
};

type ServiceName = { readonly namespace: string; readonly name: string; readonly port: number };

const pathOf = (
  api: string,
  plural: string,
  { namespace, name }: Omit<ServiceName, 'port'>,
): string =>
  `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;

/**
 * A Service of a release in the cluster leads to its pods; with our port and address beside them it would lead to
 * neither.
 *
 * @throws {SelfScalingError} `KUBE_CONFLICT` when there is such a Service.
 */
export async function refusePods(
  kube: Pick<Kube, 'ask'>,
  service: Omit<ServiceName, 'port'>,
  signal: AbortSignal,
): Promise<void> {
  const found = await kube
    .ask({ path: pathOf('/api/v1', 'services', service) }, signal)
    .catch((error: unknown) => {
      if (isRefusal(error) && hasStatus(error, NOT_FOUND)) return undefined;
      throw error;
    });
  if (at(found, 'spec', 'selector') === undefined) return;
  throw refusal(
    'KUBE_CONFLICT',
    `the Service ${service.namespace}/${service.name} leads to pods of the cluster; delete it, or name another by adapter.serviceName`,
  );
}

/**
 * Makes the Service that leads out of the cluster: without a selector and with its own EndpointSlice, or for
 * a DNS name as an alias of it. May be repeated.
 */
export async function leadOutside(
  kube: Pick<Kube, 'ask'>,
  service: ServiceName,
  place: OutsidePlace,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = service;
  const below = (api: string, plural: string, of: string): string =>
    pathOf(api, plural, { namespace, name: of });
  const apply = (path: string, body: object): Promise<unknown> =>
    kube.ask(
      {
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER, force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body,
      },
      signal,
    );
  const ports = [{ name: 'https', port: service.port, targetPort: place.port, protocol: 'TCP' }];
  await apply(below('/api/v1', 'services', name), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: place.kind === 'name' ? { type: 'ExternalName', externalName: place.host } : { ports },
  });
  if (place.kind === 'name') return;
  const slice = `${name}-outside`;
  await apply(below('/apis/discovery.k8s.io/v1', 'endpointslices', slice), {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: slice,
      namespace,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': FIELD_MANAGER,
      },
    },
    addressType: place.kind,
    endpoints: [{ addresses: [place.host], conditions: { ready: true } }],
    ports: [{ name: 'https', port: place.port, protocol: 'TCP' }],
  });
}
