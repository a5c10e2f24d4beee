import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AccessReviewer } from '../domain/access.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { accessChecks } from './access.ts';
import { openConnections } from './connections.ts';
import type { SlowMetricsProvider } from './external-metrics.ts';
import type { AuthConfigSource } from './front-proxy.ts';
import { handlers } from './handlers.ts';
import { ping, type Check } from './health.ts';
import { identities } from './identity.ts';
import { apiServerMeters } from './meters.ts';
import { paced } from './paced.ts';
import type { PassThrough } from './pass-through.ts';
import { responder, type RequestMeters } from './respond.ts';
import { loadedCertificate, tlsOptions, type ServingCertificate } from './serving-certificate.ts';

/** Whoever keeps the serving certificate; `undefined` while there is none. */
export interface ServingCertificateSource {
  current(): ServingCertificate | undefined;
}

export type ApiServicePorts = {
  readonly provider: SlowMetricsProvider;
  /** Answers for metrics that are not ours; without it there are none. */
  readonly passThrough?: PassThrough | undefined;
  readonly authConfig: AuthConfigSource;
  readonly reviewer: AccessReviewer;
  readonly certificate: ServingCertificateSource;
  /** Aborts when the end is near: we are no longer ready, and go on serving until disposed. */
  readonly draining: AbortSignal;
  readonly log: Log;
  readonly now: () => EpochMs;
  /** What `/metrics` answers, before what dashboards for API servers look for. */
  readonly metricsText: () => Promise<string>;
  readonly meters?: RequestMeters;
};

export type ApiServiceOptions = {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Of the program, for `/version`. */
  readonly version: string;
  /** How long a review may take. */
  readonly reviewLimit?: DurationMs;
  /** How often Kubernetes is asked for one. */
  readonly reviewsPerSecond?: number;
  /** How long an answer to a metric may take, if it is not there at once. */
  readonly answerLimit?: DurationMs;
  /** Requests under way, above which callers are refused. */
  readonly requestLimit?: number;
  /** How long requests under way may still take when it is closed. */
  readonly grace?: DurationMs;
};

export type ApiService = AsyncDisposable & {
  readonly port: number;
  /**
   * Serves new connections with this certificate; the listener stays.
   * @throws {SelfScalingError} `CONFIG_INVALID` when it is no certificate with its key; the old one stays.
   */
  reload(certificate: ServingCertificate): void;
};

/** More than the 90 s for which Go pools a connection: less makes resets. */
const KEEP_ALIVE = seconds(120);
const HEADERS_WITHIN = seconds(130);
const REQUEST_WITHIN = seconds(300);
const LONGEST_HEADERS = 1_048_576;
const REVIEW_LIMIT = seconds(10);
/** What the Go library’s clients allow themselves. */
const REVIEWS_PER_SECOND = 200;
const ANSWER_LIMIT = seconds(1);
const REQUEST_LIMIT = 400;
const CONNECTION_LIMIT = 10_000;
const GRACE = seconds(5);

/**
 * Serves `external.metrics.k8s.io` over TLS, HTTP/1.1 only, as kube-apiserver expects its extensions to.
 *
 * No `ca` is given to TLS: each pool of authorities is judged by us, for each connection.
 * @throws {SelfScalingError} `CONFIG_INVALID` when the port cannot be listened on.
 */
export async function openApiService(
  ports: ApiServicePorts,
  options: ApiServiceOptions,
): Promise<ApiService> {
  const { log, now, draining } = ports;
  const { reviewLimit = REVIEW_LIMIT, reviewsPerSecond = REVIEWS_PER_SECOND } = options;
  const requestLimit = options.requestLimit ?? REQUEST_LIMIT;
  const certificate = loadedCertificate(ports.certificate.current(), now);
  const live = [ping];
  const ready = [ping, certificate.check, frontProxyCheck(ports.authConfig), shutdown(draining)];
  const underWay = { count: 0 };
  const ownMeters = apiServerMeters(now);
  const asking = {
    ...ports,
    reviewer: paced(ownMeters.measured(ports.reviewer), reviewsPerSecond, now),
  };
  const respond = responder(
    {
      identity: identities({ ...asking, certificateSeen: ownMeters.certificateSeen }, reviewLimit),
      access: accessChecks(asking, reviewLimit),
      handle: handlers({
        ...ports,
        served: ownMeters.served,
        answerLimit: options.answerLimit ?? ANSWER_LIMIT,
        metricsText: async () => (await ports.metricsText()) + ownMeters.text(),
        version: options.version,
        checks: { healthz: live, livez: live, readyz: ready },
      }),
      log,
      meters: ports.meters,
      ownMeters,
    },
    {
      isFull: () => underWay.count > requestLimit,
      isEnding: () => draining.aborted || !server.listening,
    },
  );

  const server = createServer({
    ...tlsOptions(certificate.current()),
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderSize: LONGEST_HEADERS,
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: HEADERS_WITHIN,
    requestTimeout: REQUEST_WITHIN,
  });
  server.maxConnections = CONNECTION_LIMIT;
  server.maxHeadersCount = 0; // Their size is bounded; dropping one could drop who is calling.
  const connections = openConnections(server);
  const serve = async (...[request, response]: Parameters<typeof respond>): Promise<void> => {
    connections.used(request.socket);
    underWay.count += 1;
    try {
      await respond(request, response);
    } catch (err) {
      log.error({ err }, 'an answer could not be sent');
      response.destroy();
    } finally {
      underWay.count -= 1;
    }
  };
  server.on('request', (request, response) => void serve(request, response));

  const port = await listening(server, options);
  return {
    port,
    reload(pair) {
      server.setSecureContext(tlsOptions(certificate.load(pair)));
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      connections.closeUnused();
      const late = AbortSignal.timeout(options.grace ?? GRACE);
      late.addEventListener('abort', connections.destroyAll, { once: true });
      await closed;
    },
  };
}

const frontProxyCheck = (authConfig: AuthConfigSource): Check => ({
  name: 'front-proxy',
  failing: () =>
    authConfig.current()?.requestHeaderCa === undefined
      ? 'the front proxy’s authority has not been read'
      : undefined,
});

const shutdown = (draining: AbortSignal): Check => ({
  name: 'shutdown',
  failing: () => (draining.aborted ? 'the process is shutting down' : undefined),
});

async function listening(server: Server, { host, port }: ApiServiceOptions): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw refusal('CONFIG_INVALID', `adapter.port: cannot listen on ${host}:${port}; set another`, {
      cause,
    });
  }
  const address = server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}
