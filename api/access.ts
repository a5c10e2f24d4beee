import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessReviewer } from '../domain/access.ts';
import { refusal } from '../domain/errors.ts';
import type { EpochMs } from '../domain/units.ts';
import { byTokens, everybody, type Identify, type Identity, type Verb } from './identity.ts';
import type { Limiter } from './limits.ts';
import { refuseForeignPages } from './loopback.ts';
import { byKubernetes } from './reviewed-identity.ts';
import type { TokenEntry } from './tokens.ts';

/** How callers are known: by Kubernetes, by a token file, or not at all (then only on loopback). */
export type Access =
  | { readonly kind: 'kubernetes'; readonly reviewer: AccessReviewer }
  | { readonly kind: 'tokens'; readonly tokens: () => readonly TokenEntry[] }
  | { readonly kind: 'loopback' };

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent on open routes, and before the caller is known. */
    identity: Identity | undefined;
    /** The caller has no right to the path; each namespace must be asked for. */
    byNamespace: boolean;
  }
  interface FastifyContextConfig {
    /** Needs no identity. */
    open?: boolean;
    /** Changes something though it is a GET, and so is reviewed as `post`. */
    acts?: boolean;
    /** The handler knows the namespaces it touches, and asks for each. */
    namespaced?: boolean;
  }
}

/** One hook for every route: who asks, not too often, and may they. */
export function guard(
  app: FastifyInstance,
  access: Access,
  limiter: Limiter,
  now: () => EpochMs,
): void {
  const identify = identifierFor(access, now);
  app.decorateRequest('identity', undefined);
  app.decorateRequest('byNamespace', false);
  app.addHook('onRequest', async (request) => {
    const { open = false, namespaced = false } = request.routeOptions.config;
    if (access.kind === 'loopback') refuseForeignPages(request.headers, actsOf(request));
    if (open) return await limiter.count('reads', request);
    const identity = await identified(identify, limiter, request);
    request.identity = identity;
    await limiter.count(request.method === 'POST' ? 'writes' : 'reads', request);
    if (await identity.mayCall(pathOf(request), verbOf(request))) return;
    if (!namespaced) throw forbidden(`${verbOf(request)} ${pathOf(request)}`);
    request.byNamespace = true;
  });
}

function identifierFor(access: Access, now: () => EpochMs): Identify {
  switch (access.kind) {
    case 'kubernetes':
      return byKubernetes(access.reviewer, now);
    case 'tokens':
      return byTokens(access.tokens);
    case 'loopback':
      return everybody;
    default:
      return access satisfies never;
  }
}

async function identified(
  identify: Identify,
  limiter: Limiter,
  request: FastifyRequest,
): Promise<Identity> {
  await limiter.strangers.check(request);
  const identity = await identify(tokenOf(request.headers.authorization));
  if (identity !== undefined) return identity;
  await limiter.strangers.count(request);
  throw refusal('UNAUTHENTICATED', 'no valid token was sent');
}

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(?<token>\S+) *$/i.exec(authorization ?? '')?.groups?.['token'];

/** Whether the call changes something. */
export const actsOf = (request: FastifyRequest): boolean =>
  request.routeOptions.config.acts === true || !['GET', 'HEAD'].includes(request.method);

/** Who changed it, as settings and the ledger have it. */
export const actorOf = (request: FastifyRequest): string =>
  `user:${request.identity?.user ?? 'unknown'}`;

function verbOf(request: FastifyRequest): Verb {
  if (actsOf(request) && request.method === 'GET') return 'post';
  const verbs: Readonly<Record<string, Verb>> = { GET: 'get', HEAD: 'get', PATCH: 'patch' };
  return verbs[request.method] ?? 'post';
}

/** The path as the router understood it: an encoded spelling of a path has no other rights. */
function pathOf(request: FastifyRequest): string {
  const params: unknown = request.params;
  const values = new Map(
    Object.entries(params !== null && typeof params === 'object' ? params : {}),
  );
  return (request.routeOptions.url ?? '').replaceAll(/:(\w+)/g, (_, name: string) =>
    String(values.get(name) ?? ''),
  );
}

/**
 * Whether the caller may touch one namespace.
 *
 * @throws {SelfScalingError} `REVIEW_FAILED` when that could not be decided.
 */
export async function mayIn(
  request: FastifyRequest,
  namespace: string,
  right: 'list' | 'patch',
): Promise<boolean> {
  if (!request.byNamespace) return true;
  return (await request.identity?.mayIn(namespace, right)) === true;
}

/** The namespaces, of those given, that the caller may touch. */
export async function allowedAmong(
  request: FastifyRequest,
  namespaces: ReadonlySet<string>,
  right: 'list' | 'patch',
): Promise<ReadonlySet<string>> {
  const asked = [...namespaces].map(async (namespace) => ({
    namespace,
    allowed: await mayIn(request, namespace, right),
  }));
  const answers = await Promise.all(asked);
  return new Set(answers.flatMap(({ namespace, allowed }) => (allowed ? [namespace] : [])));
}

/** @throws {SelfScalingError} `FORBIDDEN` */
export async function requireIn(
  request: FastifyRequest,
  namespace: string,
  right: 'list' | 'patch',
): Promise<void> {
  if (!(await mayIn(request, namespace, right))) {
    throw forbidden(`${right} horizontalpodautoscalers.autoscaling in namespace ${namespace}`);
  }
}

export const forbidden = (what: string) =>
  refusal('FORBIDDEN', `this identity may not: ${what}`, { details: { needs: what } });
