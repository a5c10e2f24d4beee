import { GROUP_PATH, VERSION_PATH } from './group.ts';
import { HEALTH_ENDPOINTS, type HealthEndpoint } from './health.ts';
import { listOptions, type ListOptions } from './list-options.ts';
import { askedBy, type Asked } from './request-info.ts';

export type Route =
  | {
      readonly kind: 'metric';
      readonly namespace: string;
      readonly metric: string;
      readonly options: ListOptions;
    }
  | {
      readonly kind: 'health';
      readonly endpoint: HealthEndpoint;
      readonly verbose: boolean;
      readonly excluded: readonly string[];
    }
  | { readonly kind: 'check'; readonly endpoint: HealthEndpoint; readonly check: string }
  | { readonly kind: 'openapi-v3-document'; readonly hash: string | undefined }
  | { readonly kind: 'missing'; readonly belowGroup: boolean }
  | { readonly kind: 'fixed'; readonly name: FixedRoute };

/** Routes that a path alone names. */
export type FixedRoute =
  | 'groups'
  | 'group'
  | 'resources'
  | 'openapi-v2'
  | 'openapi-v3'
  | 'metrics'
  | 'version'
  | 'index';

/** All that a URL says, read once. */
export type Target = {
  readonly route: Route;
  /** What a GET of it asks leave for. */
  readonly asked: Asked;
  /** Decoded once, as it was sent. */
  readonly path: string;
  /** Whether the query says how to indent. */
  readonly pretty: boolean | undefined;
};

/** With a trailing slash these are the same resource. */
const SLASHED = new Map<string, FixedRoute>([
  ['/apis', 'groups'],
  [GROUP_PATH, 'group'],
  [VERSION_PATH, 'resources'],
]);
const EXACT = new Map<string, FixedRoute>([
  ['/', 'index'],
  ['/metrics', 'metrics'],
  ['/openapi/v2', 'openapi-v2'],
  ['/openapi/v3', 'openapi-v3'],
  ['/version', 'version'],
]);
const OPENAPI_V3_DOCUMENT = `/openapi/v3${VERSION_PATH}`;

/** What `/` lists. */
export const PATHS: readonly string[] = [
  ...SLASHED.keys(),
  ...EXACT.keys(),
  ...HEALTH_ENDPOINTS.map((endpoint) => `/${endpoint}`),
  OPENAPI_V3_DOCUMENT,
]
  .filter((path) => path !== '/')
  .toSorted();

/**
 * Reads the URL of a request. Percent-encoding is decoded exactly once; a path with an encoded slash,
 * an empty segment or a dot segment names nothing. `undefined` when an escape is broken.
 */
export function parseTarget(url: string): Target | undefined {
  const mark = url.indexOf('?');
  const rawPath = mark === -1 ? url : url.slice(0, mark);
  if (/%(?![0-9A-Fa-f]{2})/.test(rawPath)) return undefined;
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  const path = decoded(rawPath);
  const isClean = !/%2f/i.test(rawPath) && !/\/(?:\.{0,2})\/|\/\.{1,2}$/.test(path);
  return {
    route: (isClean ? routeOf(path, query) : undefined) ?? missing(path),
    asked: askedBy(path, 'GET'),
    path,
    pretty: prettyIn(query),
  };
}

/** Bytes that are no UTF-8 name nothing we have; the raw text does as well. */
function decoded(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return rawPath;
  }
}

const missing = (path: string): Route => ({
  kind: 'missing',
  belowGroup: path.startsWith(`${GROUP_PATH}/`),
});

function routeOf(path: string, query: URLSearchParams): Route | undefined {
  const slashed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const fixed = SLASHED.get(slashed) ?? EXACT.get(path);
  if (fixed !== undefined) return { kind: 'fixed', name: fixed };
  if (path === OPENAPI_V3_DOCUMENT) {
    return { kind: 'openapi-v3-document', hash: query.get('hash') ?? undefined };
  }
  return metricRoute(slashed, query) ?? healthRoute(path, query);
}

function metricRoute(path: string, query: URLSearchParams): Route | undefined {
  const start = `${VERSION_PATH}/namespaces/`;
  if (!path.startsWith(start)) return undefined;
  const [namespace, metric, ...further] = path.slice(start.length).split('/');
  if (namespace === undefined || metric === undefined || further.length > 0) return undefined;
  return { kind: 'metric', namespace, metric, options: listOptions(query) };
}

function healthRoute(path: string, query: URLSearchParams): Route | undefined {
  const [, name, check, ...further] = path.split('/');
  const endpoint = HEALTH_ENDPOINTS.find((each) => each === name);
  if (endpoint === undefined || further.length > 0) return undefined;
  if (check !== undefined) return { kind: 'check', endpoint, check };
  return {
    kind: 'health',
    endpoint,
    verbose: query.has('verbose'),
    excluded: query.getAll('exclude'),
  };
}

function prettyIn(query: URLSearchParams): boolean | undefined {
  const text = query.get('pretty') ?? '';
  return text === '' ? undefined : ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text);
}
