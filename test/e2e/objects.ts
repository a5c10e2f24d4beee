import { ask, type Answer, type Identity } from './ask.ts';

/** What a test needs of any Kubernetes object. */
export type KubeObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
};

/** The API server, asked as one identity. Every method rejects unless the status is 2xx. */
export interface Cluster {
  get<T = KubeObject>(path: string): Promise<T>;
  /** `undefined` when there is none. */
  find<T = KubeObject>(path: string): Promise<T | undefined>;
  list<T = KubeObject>(path: string): Promise<readonly T[]>;
  create<T = KubeObject>(path: string, body: unknown): Promise<T>;
  /** A JSON merge patch. */
  patch<T = KubeObject>(path: string, body: unknown): Promise<T>;
  /** Server-side apply by the manager `test`, taking over what others hold. */
  apply<T = KubeObject>(path: string, body: unknown): Promise<T>;
  /** Gone already is fine. */
  remove(path: string): Promise<void>;
  /** Any request, any answer. */
  raw(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
}

export function openCluster(url: string, ca: string, as: Identity): Cluster {
  const raw: Cluster['raw'] = (method, path, body, contentType) =>
    ask(`${url}${path}`, { method, body, ca, as, ...(contentType && { contentType }) });
  const must = async (method: string, path: string, body?: unknown, type?: string) => {
    return accepted(method, path, await raw(method, path, body, type));
  };
  return {
    raw,
    get: async <T>(path: string) => (await must('GET', path)).json() as T,
    async find<T>(path: string) {
      const answer = await raw('GET', path);
      return answer.status === 404 ? undefined : (accepted('GET', path, answer).json() as T);
    },
    async list<T>(path: string) {
      return ((await must('GET', path)).json() as { readonly items: readonly T[] }).items;
    },
    create: async <T>(path: string, body: unknown) => (await must('POST', path, body)).json() as T,
    patch: async <T>(path: string, body: unknown) =>
      (await must('PATCH', path, body, 'application/merge-patch+json')).json() as T,
    async apply<T>(path: string, body: unknown) {
      const owned = `${path}?fieldManager=test&force=true`;
      return (await must('PATCH', owned, body, 'application/apply-patch+yaml')).json() as T;
    },
    async remove(path) {
      const answer = await raw('DELETE', path);
      if (answer.status !== 404) accepted('DELETE', path, answer);
    },
  };
}

function accepted(method: string, path: string, answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
}

/** Paths of the collections; an object's own path has `/name` after it. */
export const paths = {
  namespaces: '/api/v1/namespaces',
  nodes: '/api/v1/nodes',
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  services: (namespace: string) => `/api/v1/namespaces/${namespace}/services`,
  deployments: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  hpas: (namespace: string) =>
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  podMetrics: (namespace: string) => `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
  apiServices: '/apis/apiregistration.k8s.io/v1/apiservices',
} as const;

export const aNamespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

type DeploymentWish = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** What each pod asks for. */
  readonly requests?: { readonly cpu: string; readonly memory: string };
  readonly labels?: Readonly<Record<string, string>>;
  /** On each pod, e.g. `readyAfter('20s')` or the usage that it shows from its first moment. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
};

/** A Deployment whose pods are bound at creation, because no scheduler runs. */
export const aDeployment = (wish: DeploymentWish) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: wish.name,
    namespace: wish.namespace,
    ...(wish.labels && { labels: wish.labels }),
  },
  spec: {
    replicas: wish.replicas,
    selector: { matchLabels: { app: wish.name } },
    template: {
      metadata: { labels: { app: wish.name }, annotations: wish.podAnnotations ?? {} },
      spec: {
        nodeName: 'fake',
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: 'none',
            resources: { requests: wish.requests ?? { cpu: '500m', memory: '256Mi' } },
          },
        ],
      },
    },
  },
});

/** How the API server reaches a server of ours on loopback: a name that is not a ClusterIP. */
export const aLoopbackService = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { type: 'ExternalName', externalName: 'localhost' },
});

type ApiServiceWish = {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** PEM. */
  readonly ca: string;
};

export const anApiService = (wish: ApiServiceWish) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: `${wish.version}.${wish.group}` },
  spec: {
    group: wish.group,
    version: wish.version,
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: wish.namespace, name: wish.service, port: wish.port },
    caBundle: Buffer.from(wish.ca).toString('base64'),
  },
});

/** The status of one condition of an object (`True`, `False`, `Unknown`), with its reason; `undefined` when it has none. */
export function conditionOf(object: unknown, type: string): Condition | undefined {
  const { status } = object as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status?.conditions?.find((condition) => condition.type === type);
}

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
};
