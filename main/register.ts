import { isIP } from 'node:net';
import { keepClaim } from '../apiservice/claim.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import { openApiServices } from '../kube/api-services.ts';
import { leadOutside, refusePods, type OutsidePlace } from '../kube/outside-service.ts';
import type { Log } from '../domain/log.ts';
import { ensureCertificates } from './certificates.ts';
import { openCluster } from './cluster.ts';

const PLACE = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/;
const KINDS = new Map<number, OutsidePlace['kind']>([
  [4, 'IPv4'],
  [6, 'IPv6'],
]);
const LARGEST_PORT = 65_535;

/**
 * For a program beside the cluster: the Service that leads to it, and the APIService that names it.
 *
 * @param written `192.0.2.7:7443`, `[2001:db8::7]:7443` or `adapter.example.org:7443`.
 * @throws {SelfScalingError} `CONFIG_INVALID`, `KUBE_UNAVAILABLE`, `FORBIDDEN`; `API_SERVICE_TAKEN` naming the owner;
 *   `KUBE_CONFLICT` when the Service leads to pods.
 */
export async function register(
  config: Config,
  written: string,
  log: Log,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const place = parsePlace(written);
  await using house = new AsyncDisposableStack();
  const cluster = openCluster(config.kube, log, 1);
  house.use(cluster.kube);
  await refusePods(
    cluster.kube,
    { namespace: config.adapter.serviceNamespace, name: config.adapter.serviceName },
    signal,
  );
  const life = { stopped: signal };
  const certificates = await ensureCertificates(
    { config, log, life, clock: systemClock },
    cluster.kube,
  );
  const { serviceName: name, serviceNamespace: namespace, servicePort, takeOver } = config.adapter;
  // An alias has no ports of its own: the API server dials the one that the APIService names.
  const port = place.kind === 'name' || servicePort === 0 ? place.port : servicePort;
  const desired = {
    serviceName: name,
    serviceNamespace: namespace,
    port,
    caBundle: certificates.current().caBundle,
  };
  const object = house.use(openApiServices(cluster));
  // The name first: whoever does not get it leaves nothing behind.
  await keepClaim(object, () => desired, { takeOver }, log).round(signal);
  await leadOutside(cluster.kube, { namespace, name, port }, place, signal);
  return [
    `Service ${namespace}/${name} leads to ${written}`,
    `v1beta1.external.metrics.k8s.io leads to ${namespace}/${name}, port ${port}`,
    `run with --set adapter.port=${place.port} --set adapter.servicePort=${port}`,
  ];
}

/** @throws {SelfScalingError} `CONFIG_INVALID` */
export function parsePlace(written: string): OutsidePlace {
  const { six, host, port = '' } = PLACE.exec(written)?.groups ?? {};
  const named = six ?? host;
  const number = Number(port);
  if (named === undefined || number < 1 || number > LARGEST_PORT) {
    throw refusal(
      'CONFIG_INVALID',
      `--register: "${written}" is not HOST:PORT, such as 192.0.2.7:7443 or [2001:db8::7]:7443`,
    );
  }
  return { host: named, kind: KINDS.get(isIP(named)) ?? 'name', port: number };
}
