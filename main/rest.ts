import type { RequestListener } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { createApi, type ApiPorts, type ApiOptions } from '../api/app.ts';
import type { Meters } from '../api/meters.ts';
import type { AccessReviewer } from '../domain/access.ts';
import { refusal } from '../domain/errors.ts';
import { days, type DurationMs } from '../domain/units.ts';
import { listenHost } from './listen-host.ts';
import type { Parts } from './parts.ts';
import { readTokens } from './tokens-file.ts';

const LONGEST_FUTURE_DAYS = 7;

export type RestPorts = Pick<ApiPorts, 'components' | 'snapshots' | 'health'> & {
  readonly reviewer?: AccessReviewer | undefined;
  readonly meters: Meters;
  /** TLS, where others than this machine may call. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
};

export type Rest = {
  readonly url: string;
  /** Serves another certificate from now on, where it serves one. */
  reload(pair: { readonly cert: string; readonly key: string }): void;
};

/** The management API, listening; resolves with its address. */
export async function openRest(
  house: AsyncDisposableStack,
  parts: Parts,
  ports: RestPorts,
): Promise<Rest> {
  const { board, clock, config, log, settings, store, version } = parts;
  const tls = ports.certificate === undefined ? undefined : secured(ports.certificate);
  const app = await createApi(
    {
      components: ports.components,
      snapshots: ports.snapshots,
      health: ports.health,
      settings,
      runs: {
        start: (run, signal) => store.start(run, signal),
        get: (id, signal) => store.get(id, signal),
        list: (window, signal) => store.list(window, signal),
        wake: () => board.ringAll(),
        waitForEnd: (id, signal) => board.waitForEnd(id, signal),
      },
      history: store,
      record: store,
      decisions: store,
      now: () => clock.now(),
      log,
      answered: ({ route, method, code, seconds }) => {
        ports.meters.count('rest_requests_total', { route, method, code });
        ports.meters.observe('rest_request_duration_seconds', seconds, { route });
      },
    },
    {
      version,
      access: accessOf(parts, ports.reviewer),
      limits: {
        reads: config.controller.readsPerMinute,
        writes: config.controller.writesPerMinute,
        runs: config.controller.runsPerMinute,
      },
      trainValues: {
        defaults: {
          historyDays: config.forecast.historyDays,
          futureDays: config.forecast.futureDays,
        },
        limits: {
          historyDays: inDays(config.store.historyRetention),
          futureDays: LONGEST_FUTURE_DAYS,
        },
      },
      ...(tls === undefined ? {} : { createServer: (listener) => tls.createServer(listener) }),
    },
  );
  house.use(app);
  const { port } = config.controller;
  const host = listenHost(config.controller.host);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw refusal(
      'CONFIG_INVALID',
      `controller.port: cannot listen on ${host}:${port}; set another`,
      {
        cause,
      },
    );
  }
  const address = app.server.address();
  const bound = address === null || typeof address === 'string' ? port : address.port;
  const scheme = ports.certificate === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    reload: (pair) => tls?.reload(pair),
  };
}

const inDays = (duration: DurationMs): number => Math.floor(duration / days(1));

type Pair = { readonly cert: string; readonly key: string };

/** A TLS server whose certificate can be exchanged. */
function secured(first: Pair) {
  let server: SecureServer | undefined;
  const options = { minVersion: 'TLSv1.2' } as const;
  return {
    createServer(listener: RequestListener): SecureServer {
      server = createSecureServer({ ...first, ...options }, listener);
      return server;
    },
    reload: ({ cert, key }: Pair): void => server?.setSecureContext({ cert, key, ...options }),
  };
}

function accessOf({ config }: Parts, reviewer: AccessReviewer | undefined): ApiOptions['access'] {
  const { access, tokensFile } = config.controller;
  if (access === 'loopback') return { kind: 'loopback' };
  if (access === 'tokens') {
    readTokens(tokensFile); // a mistake is told at the start
    return { kind: 'tokens', tokens: () => readTokens(tokensFile) };
  }
  if (reviewer !== undefined) return { kind: 'kubernetes', reviewer };
  throw refusal(
    'CONFIG_INVALID',
    'controller.access: kubernetes needs a cluster; set tokens or loopback',
  );
}
