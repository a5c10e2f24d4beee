import { D, type Ask, type callers } from './fixture.ts';

/** Who asks: somebody whom the front proxy names, a certificate of its own, or nobody. */
export type Who = keyof typeof callers | 'N' | Certificate;
/** What a client shows by itself; the front proxy's name no caller unless the headers do. */
export type Certificate =
  | 'front proxy alone'
  | 'client with the name of the front proxy'
  | 'client with all rights'
  | 'front proxy with another name'
  | 'front proxy, expired'
  | 'front proxy, of a server'
  | 'front proxy by an intermediate'
  | 'front proxy by an intermediate that is not sent';

export type Expected = {
  readonly status: number;
  /** The exact Content-Type. */
  readonly type?: string;
  /** The whole body, or a part of the object that it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** One line of the wire's table: who asks for what, and how, and what they get. */
export type Row = {
  /** In the table of metrics-api.md 8.1; without one it is ours. */
  readonly no?: number;
  readonly title: string;
  readonly path: string;
  readonly expected: Expected;
  /** H when nobody is named. */
  readonly as?: Who;
  readonly method?: string;
  readonly headers?: Ask['headers'];
};

export const JSON_TYPE = 'application/json';
export const YAML = 'application/yaml';
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const TEXT = 'text/plain; charset=utf-8';
export const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
export const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

export const P = `${D}/namespaces/shop/`;
export const S = (selector: string): string => `?labelSelector=${encodeURIComponent(selector)}`;
export const cpu = (selector: string): string => `${P}predicted-cpu${S(selector)}`;
export const CART = cpu('component=cart');
export const accept = (value: string | readonly string[]) => ({ accept: value });

/** A Status, in whatever encoding. */
export const failure = (
  code: number,
  reason: string,
  message: string,
  type = JSON_TYPE,
): Expected => ({
  status: code,
  type,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
});
export const notFound = failure(
  404,
  'NotFound',
  'the server could not find the requested resource',
);
export const notAcceptable = failure(
  406,
  'NotAcceptable',
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
);
export const notAllowed = failure(
  405,
  'MethodNotAllowed',
  'the server does not allow this method on the requested resource',
);
export const unauthorized = failure(401, 'Unauthorized', 'Unauthorized');
export const textNotFound: Expected = { status: 404, type: TEXT, body: '404 page not found\n' };
export const mustNameOne = failure(400, 'BadRequest', 'the selector must name one component');
export const yet = (component: string): Expected =>
  failure(404, 'NotFound', `no forecast for component "${component}" yet`);
export const unknownMetric = (metric: string): Expected =>
  failure(
    404,
    'NotFound',
    `no metric "${metric}" here; there are: predicted-cpu, predicted-memory, predicted-replicas`,
  );
export const mayNot = (user: string): Expected =>
  failure(
    403,
    'Forbidden',
    `predicted-cpu.external.metrics.k8s.io is forbidden: User "${user}" cannot list resource "predicted-cpu" in API group "external.metrics.k8s.io" in the namespace "shop"`,
  );
export const value = (quantity: string, window = 300, type = JSON_TYPE): Expected => ({
  status: 200,
  type,
  body: { kind: 'ExternalMetricValueList', metadata: {}, items: [{ value: quantity, window }] },
});
export const VALUE = value('1235m');
