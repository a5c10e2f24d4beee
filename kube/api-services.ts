import type { DesiredApiService, FoundApiService } from '../domain/api-service.ts';
import { isRefusal, kubeUnavailable, refusal } from '../domain/errors.ts';
import { applyObject, type Seen } from './apply.ts';
import { at, listAt, numberAt, textAt } from './json.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import type { Kube } from './request.ts';
import type { WatchPorts } from './watch.ts';
import { watchObjects, type Watched } from './watched.ts';

/** The one APIService of the external metrics API. */
export type ApiServices = Pick<Watched<FoundApiService>, 'ready' | 'onChange'> &
  AsyncDisposable & {
    /** As it is now; `undefined` when there is none. */
    get(signal: AbortSignal): Promise<FoundApiService | undefined>;
    /** Makes it so, provided it is still the one found (or still absent); else `KUBE_CONFLICT`. */
    apply(
      desired: DesiredApiService,
      found: FoundApiService | undefined,
      signal: AbortSignal,
    ): Promise<void>;
  };

const NAME = 'v1beta1.external.metrics.k8s.io';
const ALL = '/apis/apiregistration.k8s.io/v1/apiservices';
const PATH = `${ALL}/${NAME}`;
const DEFAULT_PORT = 443;
/** The spec of the APIService that was taken over, as JSON. */
const BEFORE = 'self-scaling.io/taken-over-from';

/** Watched, so that somebody who takes the name is noticed at once. */
export function openApiServices(ports: WatchPorts): ApiServices {
  const { kube } = ports;
  const watched = watchObjects(ports, {
    path: ALL,
    // Rights on one name cover a list only when it asks for that name.
    fieldSelector: `metadata.name=${NAME}`,
    parse: toFoundApiService,
  });
  return {
    ready: watched.ready,
    onChange: (listener) => watched.onChange(listener),
    get: (signal) => readApiService(kube, signal),
    async apply(desired, found, signal) {
      // The uid makes that an APIService which is being uninstalled just now is not made anew.
      const before = found === undefined ? undefined : await objectOf(kube, signal);
      const seen = found === undefined ? undefined : toSeen(before, found);
      const object = toObject(desired, keptSpec(before, desired));
      // Whoever calls has seen what it overwrites; the resource version says that it still is so.
      await applyObject(kube, { path: PATH, object, seen, force: true }, signal);
    },
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

/** As it is now, for whoever asks once; `undefined` when there is none. */
export async function readApiService(
  kube: Pick<Kube, 'ask'>,
  signal: AbortSignal,
): Promise<FoundApiService | undefined> {
  const object = await objectOf(kube, signal);
  const found = toFoundApiService(object);
  if (object === undefined || found !== undefined) return found;
  throw kubeUnavailable(`the answer to GET ${PATH} is no APIService`);
}

async function objectOf(kube: Pick<Kube, 'ask'>, signal: AbortSignal): Promise<unknown> {
  try {
    return await kube.ask({ path: PATH }, signal);
  } catch (error) {
    if (isRefusal(error) && hasStatus(error, NOT_FOUND)) return undefined;
    throw error;
  }
}

const toSeen = (object: unknown, { resourceVersion }: FoundApiService): Seen => {
  const uid = textAt(object, 'metadata', 'uid');
  if (uid !== undefined && textAt(object, 'metadata', 'resourceVersion') === resourceVersion) {
    return { uid, resourceVersion };
  }
  const what = uid === undefined ? 'removed' : 'changed';
  throw refusal('KUBE_CONFLICT', `the APIService ${NAME} was ${what} meanwhile`);
};

/** What stood here before the name was taken over: as annotation, for as long as the object is ours. */
function keptSpec(before: unknown, desired: DesiredApiService): string | undefined {
  const service = serviceOf(before);
  const isForeign =
    service.serviceName !== desired.serviceName ||
    service.serviceNamespace !== desired.serviceNamespace;
  if (before === undefined || !isForeign) return textAt(before, 'metadata', 'annotations', BEFORE);
  return JSON.stringify(at(before, 'spec'));
}

const toObject = (
  { serviceNamespace, serviceName, port, caBundle }: DesiredApiService,
  before: string | undefined,
) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: NAME, ...(before === undefined ? {} : { annotations: { [BEFORE]: before } }) },
  spec: {
    group: 'external.metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: serviceNamespace, name: serviceName, port },
    // Said, for whoever had the name before often trusted anybody: beside an authority that is refused.
    insecureSkipTLSVerify: false,
    caBundle: Buffer.from(caBundle, 'utf8').toString('base64'),
  },
});

/** Reads an apiregistration.k8s.io/v1 APIService; `undefined` when it is none. */
export function toFoundApiService(object: unknown): FoundApiService | undefined {
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  if (resourceVersion === undefined || at(object, 'spec') === undefined) return undefined;
  const available = listAt(object, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Available',
  );
  const caBundle = textAt(object, 'spec', 'caBundle');
  const reason = reasonOf(available);
  return {
    ...serviceOf(object),
    ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle, 'base64').toString() }),
    resourceVersion,
    available: textAt(available, 'status') === 'True',
    ...(reason === undefined ? {} : { reason }),
  };
}

const serviceOf = (
  object: unknown,
): Pick<FoundApiService, 'serviceNamespace' | 'serviceName' | 'port'> => {
  const serviceNamespace = textAt(object, 'spec', 'service', 'namespace');
  const serviceName = textAt(object, 'spec', 'service', 'name');
  if (serviceNamespace === undefined || serviceName === undefined) return {};
  const port = numberAt(object, 'spec', 'service', 'port') ?? DEFAULT_PORT;
  return { serviceNamespace, serviceName, port };
};

const reasonOf = (available: unknown): string | undefined => {
  const said = [textAt(available, 'reason'), textAt(available, 'message')];
  const told = said.filter((part) => part !== undefined).join(': ');
  return told === '' ? undefined : told;
};
