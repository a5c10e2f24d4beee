import { createHash } from 'node:crypto';
import type { AuthConfig } from '../domain/auth-config.ts';
import { minutes } from '../domain/units.ts';
import { parseJson, textMapAt } from './json.ts';
import type { WatchPorts } from './watch.ts';
import { watchObjects } from './watched.ts';

/** Whom the cluster's API servers believe, as last read. */
export interface AuthConfigWatch extends AsyncDisposable {
  readonly ready: Promise<void>;
  /** `undefined` until it was read once; then the last one that could be read. */
  current(): AuthConfig | undefined;
}

/**
 * Watches ConfigMap `kube-system/extension-apiserver-authentication`, and rereads it each minute. The
 * field selector is what lets a right on this one object suffice.
 */
export function watchAuthConfig(ports: WatchPorts): AuthConfigWatch {
  let last: AuthConfig | undefined;
  const watched = watchObjects(ports, {
    path: '/api/v1/namespaces/kube-system/configmaps',
    fieldSelector: 'metadata.name=extension-apiserver-authentication',
    parse: (object) => toAuthConfig(textMapAt(object, 'data')) ?? unreadable(ports),
    relistEvery: minutes(1),
  });
  watched.onChange(() => {
    const [read] = watched.items();
    if (read === undefined || read.generation === last?.generation) return;
    last = read;
    warnOfImpersonation(ports, read);
  });
  return {
    ready: watched.ready,
    current: () => last,
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

/** Reads the ConfigMap's data; `undefined` when a part of it is not what Kubernetes writes there. */
export function toAuthConfig(data: Readonly<Record<string, string>>): AuthConfig | undefined {
  const usernameHeaders = textsIn(data['requestheader-username-headers']);
  const uidHeaders = textsIn(data['requestheader-uid-headers']);
  const groupHeaders = textsIn(data['requestheader-group-headers']);
  const extraHeaderPrefixes = textsIn(data['requestheader-extra-headers-prefix']);
  const allowedNames = textsIn(data['requestheader-allowed-names']);
  if (usernameHeaders === undefined || uidHeaders === undefined) return undefined;
  if (groupHeaders === undefined || extraHeaderPrefixes === undefined) return undefined;
  // Read as empty it would let any certificate of the authority front for anybody.
  if (allowedNames === undefined) return undefined;
  const clientCa = data['client-ca-file'] ?? '';
  const requestHeaderCa = data['requestheader-client-ca-file'] ?? '';
  return {
    ...(clientCa === '' ? {} : { clientCa }),
    ...(requestHeaderCa === '' ? {} : { requestHeaderCa }),
    usernameHeaders,
    uidHeaders,
    groupHeaders,
    extraHeaderPrefixes,
    allowedNames,
    generation: generationOf(data),
  };
}

/** A JSON array of texts; absent is empty, anything else is `undefined`. */
const textsIn = (text = '[]'): readonly string[] | undefined => {
  const list = parseJson(text);
  if (!Array.isArray(list)) return undefined;
  const texts = list.filter((item) => typeof item === 'string');
  return texts.length === list.length ? texts : undefined;
};

const certificatesIn = (pem: string): readonly string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+/g) ?? []).map((text) => text.replaceAll(/\s/g, ''));

const generationOf = (data: Readonly<Record<string, string>>): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex');

const unreadable = ({ log }: WatchPorts): undefined => {
  log.warn(
    { configMap: 'kube-system/extension-apiserver-authentication' },
    'the authentication configuration of the cluster cannot be read; the last one holds',
  );
};

const warnOfImpersonation = ({ log }: WatchPorts, config: AuthConfig): void => {
  if (config.requestHeaderCa === undefined || config.allowedNames.length > 0) return;
  const clients = certificatesIn(config.clientCa ?? '');
  if (!certificatesIn(config.requestHeaderCa).some((one) => clients.includes(one))) return;
  log.warn(
    { configMap: 'kube-system/extension-apiserver-authentication' },
    'one authority signs clients and the front proxy, and no names are set: any client could speak for anybody; set --requestheader-allowed-names',
  );
};
