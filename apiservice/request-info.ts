import type { AccessQuestion } from '../domain/access.ts';

/** A question of access, and what makes it the same question. */
export type Asked = { readonly question: AccessQuestion; readonly key: string };

const RESOURCE_VERBS = new Map([
  ['GET', 'list'],
  ['HEAD', 'list'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'deletecollection'],
]);
/** With a name behind the resource, three verbs speak of that one object. */
const NAMED_VERBS = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['DELETE', 'delete'],
]);
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

/**
 * What a request asks leave for: a verb on a resource below `/apis/<group>/<version>/`, else on the path.
 * Selectors are left out: they only narrow, and with them no verdict would ever be asked twice.
 *
 * @param path decoded once, as it was sent.
 * @see kubernetes/apiserver:pkg/endpoints/request/requestinfo.go
 */
export function askedBy(path: string, method: string): Asked {
  const question = resourceQuestion(path, method) ?? { path, verb: method.toLowerCase() };
  return { question, key: JSON.stringify(question) };
}

function resourceQuestion(path: string, method: string): AccessQuestion | undefined {
  const [prefix, group, version, ...parts] = withoutOuterSlashes(path).split('/');
  const [first] = parts;
  if (prefix !== 'apis' || group === undefined || version === undefined) return undefined;
  if (first === undefined) return undefined;
  const { namespace, rest } = first === 'namespaces' ? insideOf(parts) : { rest: parts };
  const [resource = '', name] = rest;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    verb: verbOf(method, name !== undefined),
    group,
    version,
    resource: resource.toLowerCase(),
  };
}

/** By hand: a pattern for the last slashes would try each run of them, and strangers send a megabyte. */
function withoutOuterSlashes(path: string): string {
  let from = 0;
  let to = path.length;
  while (from < to && path[from] === '/') from += 1;
  while (to > from && path[to - 1] === '/') to -= 1;
  return path.slice(from, to);
}

/** `namespaces/<namespace>/<resource>/…`; a subresource of the namespace is not inside of it. */
function insideOf(parts: readonly string[]): { namespace?: string; rest: readonly string[] } {
  const [, namespace, resource] = parts;
  if (namespace === undefined) return { rest: parts };
  const isInside = resource !== undefined && !NAMESPACE_SUBRESOURCES.includes(resource);
  return { namespace, rest: isInside ? parts.slice(2) : parts };
}

const verbOf = (method: string, isNamed: boolean): string =>
  (isNamed ? NAMED_VERBS.get(method) : undefined) ?? RESOURCE_VERBS.get(method) ?? '';
