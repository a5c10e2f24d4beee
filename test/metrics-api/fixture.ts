import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { externalMetrics } from '../../adapter/provider.ts';
import { createAuthority, issueServing } from '../../apiservice/certificates.ts';
import {
  openApiService,
  type ApiServiceOptions,
  type ApiServicePorts,
} from '../../apiservice/server.ts';
import type { AccessQuestion, AccessReviewer, Caller } from '../../domain/access.ts';
import type { AuthConfig } from '../../domain/auth-config.ts';
import { refusal } from '../../domain/errors.ts';
import { silentLog } from '../../domain/log.ts';
import { epochMs, type EpochMs } from '../../domain/units.ts';
import { snapshotOf } from './snapshot.ts';
import { testAuthority, type Client } from './test-authority.ts';

export const D = '/apis/external.metrics.k8s.io/v1beta1';
export const FRONT_PROXY = 'front-proxy-client';

export type Reply = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
};
export type Ask = {
  readonly as?: Client | undefined;
  readonly method?: string;
  /** A value that is a list is sent as that many headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** `false` dials anew. */
  readonly agent?: Agent | false;
};

/** Callers whom the front proxy vouches for, by their headers. */
export const callers = {
  H: {
    'x-remote-user': 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
    'x-remote-group': ['system:serviceaccounts', 'system:serviceaccounts:kube-system'],
  },
  M: { 'x-remote-user': 'system:kube-aggregator', 'x-remote-group': 'system:masters' },
  G: { 'x-remote-user': 'system:kube-aggregator' },
  U: { 'x-remote-user': 'u', 'x-remote-group': 'nobodies' },
  everything: { 'x-remote-user': 'everything' },
  scraper: { 'x-remote-user': 'scraper' },
} as const;

/** The certificates of one cluster, made once for all tests of a file. */
export async function testPki(now: EpochMs) {
  const [front, clients, strangers] = await Promise.all(
    ['front-proxy-ca', 'client-ca', 'stranger-ca'].map((name) => testAuthority(name, now)),
  );
  if (!front || !clients || !strangers) throw new Error('three were asked for');
  const intermediate = await front.intermediate('front-proxy-intermediate');
  const deeper = await intermediate.intermediate('front-proxy-deeper');
  const serving = await createAuthority(now);
  return {
    front,
    clients,
    strangers,
    intermediate,
    deeper,
    frontProxy: await front.identify([{ CN: [FRONT_PROXY] }]),
    servingCa: serving.cert,
    serve: () => issueServing(serving, ['localhost', '127.0.0.1'], now),
    authConfig: (about: Partial<AuthConfig> = {}): AuthConfig => ({
      clientCa: clients.ca,
      requestHeaderCa: front.ca,
      usernameHeaders: ['X-Remote-User'],
      uidHeaders: ['X-Remote-Uid'],
      groupHeaders: ['X-Remote-Group'],
      extraHeaderPrefixes: ['X-Remote-Extra-'],
      allowedNames: [FRONT_PROXY],
      generation: '1',
      ...about,
    }),
  };
}

export type TestPki = Awaited<ReturnType<typeof testPki>>;

/** Kubernetes' word, from a small table; what was asked is written down. */
export function fakeReviewer(about: Partial<AccessReviewer> = {}) {
  const asked: { caller: Caller; question: AccessQuestion }[] = [];
  const tokens: Readonly<Record<string, Caller>> = {
    valid: { user: 'everything', groups: [], extra: {} },
  };
  const reviewer: AccessReviewer = {
    async whoIs(token) {
      if (token === 'down') throw refusal('REVIEW_FAILED', 'connection refused');
      return tokens[token];
    },
    async may(caller, question) {
      return { allowed: isAllowed(caller, question) };
    },
    ...about,
  };
  return {
    asked,
    whoIs: (token, signal) => reviewer.whoIs(token, signal),
    may(caller, question, signal) {
      asked.push({ caller, question });
      return reviewer.may(caller, question, signal);
    },
  } satisfies AccessReviewer & { asked: unknown };
}

function isAllowed({ user, groups }: Caller, question: AccessQuestion): boolean {
  if (user === 'everything') return true;
  if ('path' in question) {
    const { path, verb } = question;
    if (verb !== 'get') return false;
    if (user === 'scraper') return path === '/metrics';
    return groups.includes('system:authenticated') && /^\/(apis|openapi|version)/.test(path);
  }
  const isHpa = user.endsWith(':horizontal-pod-autoscaler');
  return isHpa && ['get', 'list'].includes(question.verb);
}

export type Opened = Awaited<ReturnType<typeof openMetricsApi>>;

/** The metrics API on a free port of loopback, as the hall puts it together. */
export async function openMetricsApi(
  pki: TestPki,
  ports: Partial<ApiServicePorts> = {},
  options: Partial<ApiServiceOptions> = {},
) {
  const now = ports.now ?? (() => epochMs(Date.now()));
  const certificate = await pki.serve();
  const config = pki.authConfig();
  const service = await openApiService(
    {
      provider: externalMetrics({ current: () => snapshotOf(now()) }),
      authConfig: { current: () => config },
      reviewer: fakeReviewer(),
      certificate: { current: () => certificate },
      draining: new AbortController().signal,
      log: silentLog,
      now,
      metricsText: async () => '# no metrics\n',
      ...ports,
    },
    { host: '127.0.0.1', port: 0, version: '0.1.0', ...options },
  );
  const agent = new Agent({ keepAlive: true });
  return {
    service,
    ask: (path: string, about: Ask = {}) =>
      askAt({ port: service.port, ca: pki.servingCa, servername: 'localhost' }, path, {
        agent,
        ...about,
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Where a server listens on loopback, and what its certificate is checked against. */
export type At = { readonly port: number; readonly ca: string; readonly servername: string };

/** One raw request; the path goes out as it is. */
export function askAt(at: At, path: string, about: Ask): Promise<Reply> {
  const { as, method = 'GET', headers = {}, agent = false } = about;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const asking = request(
    {
      host: '127.0.0.1',
      ...at,
      path,
      method,
      agent,
      ...as,
      headers: { ...headers } as Record<string, string | string[]>,
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers: given } = response;
        resolve({ status, headers: given, body: bytes.toString('utf8'), bytes });
      });
    },
  );
  asking.on('error', reject);
  asking.end();
  return promise;
}
