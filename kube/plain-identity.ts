import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { parse } from 'yaml';
import { at, isJson, listAt, textAt } from './json.ts';
import type { KubeIdentity } from './request.ts';

/** Where Kubernetes puts what a pod needs. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const OF_A_CLUSTER = ['server', 'certificate-authority-data'];
const OF_A_USER = ['client-certificate-data', 'client-key-data', 'token'];

/**
 * The identity of a kubeconfig that holds everything itself, of its current context unless one is named.
 * `undefined` for every other one, whatever is odd about it: files beside it, programs to run, proxies.
 */
export function plainIdentity(text: string, context: string | undefined): KubeIdentity | undefined {
  const config = parsed(text);
  const used = named(config, 'context', context ?? textAt(config, 'current-context'));
  const cluster = named(config, 'cluster', textAt(used, 'cluster'));
  const user = named(config, 'user', textAt(used, 'user'));
  const server = textAt(cluster, 'server');
  if (server === undefined || !URL.canParse(server)) return undefined;
  if (!hasOnly(cluster, OF_A_CLUSTER) || !hasOnly(user, OF_A_USER)) return undefined;
  const ca = bytesAt(cluster, 'certificate-authority-data');
  const cert = bytesAt(user, 'client-certificate-data');
  const key = bytesAt(user, 'client-key-data');
  const token = textAt(user, 'token');
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      Object.assign(options, ca && { ca }, cert && { cert }, key && { key });
      if (token !== undefined) withToken(options, token);
    },
  };
}

/** The identity of the pod we run in. Its files are read for each request: tokens are renewed. */
export function podIdentity(
  { host, port }: { readonly host: string; readonly port: string },
  folder = SERVICE_ACCOUNT,
): KubeIdentity {
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      options.ca = readFileSync(`${folder}/ca.crt`);
      withToken(options, readFileSync(`${folder}/token`, 'utf8').trim());
    },
  };
}

function withToken(options: RequestOptions, token: string): void {
  options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` });
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** What stands behind a name, if it stands there once. */
function named(config: unknown, kind: string, name: string | undefined): unknown {
  const found = listAt(config, `${kind}s`).filter((one) => at(one, 'name') === name);
  return name !== undefined && found.length === 1 ? at(found[0], kind) : undefined;
}

const hasOnly = (value: unknown, members: readonly string[]): boolean =>
  isJson(value) && Object.keys(value).every((member) => members.includes(member));

function bytesAt(value: unknown, member: string): Buffer | undefined {
  const text = textAt(value, member);
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
