import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { AccessReviewer, Caller } from '../domain/access.ts';
import type { AuthConfig } from '../domain/auth-config.ts';
import type { Log } from '../domain/log.ts';
import { memo } from '../domain/memo.ts';
import { seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { identityHeaders, type AuthConfigSource } from './front-proxy.ts';
import { peerVerdict, poolsOf, type PeerVerdict, type Pools } from './peer.ts';
import { within } from './within.ts';

type Ports = {
  readonly authConfig: AuthConfigSource;
  readonly reviewer: AccessReviewer;
  readonly now: () => EpochMs;
  readonly log: Log;
};

/** What one edition of the configuration means: made once, dropped with the edition. */
type Edition = {
  readonly generation: string;
  readonly pools: Pools;
  readonly headers: ReturnType<typeof identityHeaders>;
  /** Callers that the front proxy named, one object each, by the headers that named them. */
  readonly fronted: Map<string, Caller>;
  readonly verdicts: WeakMap<TLSSocket, PeerVerdict>;
};

const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
const ANONYMOUS: Caller = { user: 'system:anonymous', groups: [UNAUTHENTICATED], extra: {} };
const TOKENS_KEPT = 4096;
const TOKEN_KEPT_FOR = seconds(10);
const CALLERS_KEPT = 4096;
const KEY_BYTES = 32;

/**
 * Who is calling, in the order of a delegated API server: front proxy, client certificate, bearer token,
 * nobody. The first success wins; credentials of which none is valid make `undefined` (401).
 *
 * A connection is judged once per edition of the configuration; tokens are reviewed at most every 10 s.
 * @see kubernetes/apiserver:pkg/authentication/authenticatorfactory/delegating.go
 */
export function identities({ authConfig, reviewer, now, log }: Ports, reviewLimit: DurationMs) {
  const tokens = memo<Caller | undefined>(TOKENS_KEPT, () => TOKEN_KEPT_FOR, now);
  const secret = randomBytes(KEY_BYTES);
  let edition: Edition | undefined;

  const currentEdition = (): Edition | undefined => {
    const config = authConfig.current();
    if (config !== undefined && config.generation !== edition?.generation) {
      edition = editionOf(config, log);
    }
    return config === undefined ? undefined : edition;
  };

  const byToken = async (token: string): Promise<Caller | undefined> => {
    const key = createHmac('sha256', secret).update(token).digest('base64');
    try {
      const caller = await tokens.get(key, async () => {
        const found = await within(reviewLimit, (signal) => reviewer.whoIs(token, signal));
        return found === undefined ? undefined : authenticated(found);
      });
      return caller;
    } catch (err) {
      log.warn({ err }, 'a token could not be reviewed; its caller is refused');
      return undefined;
    }
  };

  return {
    /** Who the connection itself speaks for, if anybody: known without waiting. */
    byConnection(socket: unknown, rawHeaders: readonly string[]): Connection {
      if (!(socket instanceof TLSSocket)) return { presented: false };
      const current = currentEdition();
      if (current === undefined) return { presented: hasCertificate(socket) };
      const verdict = verdictOn(socket, current, now());
      const caller =
        (verdict.isFrontProxy ? fronted(current, rawHeaders) : undefined) ?? verdict.user;
      return { presented: verdict.presented, ...(caller === undefined ? {} : { caller }) };
    },
    /** The whole question, for a connection that speaks for nobody. */
    async byCredentials(
      { presented }: Connection,
      authorization: string | undefined,
    ): Promise<Caller | undefined> {
      const token = bearerToken(authorization);
      const caller = token === undefined ? undefined : await byToken(token);
      if (caller !== undefined) return caller;
      return token === undefined && !presented ? ANONYMOUS : undefined;
    },
  };
}

export type Connection = {
  /** A certificate was sent, believed or not. */
  readonly presented: boolean;
  readonly caller?: Caller;
};

function editionOf(config: AuthConfig, log: Log): Edition {
  const pools = poolsOf(config);
  if (pools.overlap && pools.allowedNames.length === 0) {
    log.warn(
      {},
      'one authority signs both clients and the front proxy, and no front proxy is named: any client could pose as anybody; set --requestheader-allowed-names',
    );
  }
  return {
    generation: config.generation,
    pools,
    headers: identityHeaders(config),
    fronted: new Map(),
    verdicts: new WeakMap(),
  };
}

function verdictOn(socket: TLSSocket, { pools, verdicts }: Edition, now: EpochMs): PeerVerdict {
  const known = verdicts.get(socket);
  if (known !== undefined && now <= known.until) return known;
  const judged = peerVerdict(socket.getPeerX509Certificate(), pools, now);
  const user = judged.user === undefined ? {} : { user: authenticated(judged.user) };
  const verdict = { ...judged, ...user };
  verdicts.set(socket, verdict);
  return verdict;
}

function fronted({ headers, fronted: known }: Edition, rawHeaders: readonly string[]) {
  const key = headers.textOf(rawHeaders);
  const before = known.get(key);
  if (before !== undefined) return before;
  const named = headers.callerIn(rawHeaders);
  if (named === undefined) return undefined;
  const caller = authenticated(named);
  const oldest = known.keys().next().value;
  if (oldest !== undefined && known.size >= CALLERS_KEPT) known.delete(oldest);
  known.set(key, caller);
  return caller;
}

const hasCertificate = (socket: TLSSocket): boolean =>
  socket.getPeerX509Certificate() instanceof X509Certificate;

function authenticated(caller: Caller): Caller {
  const { user, groups } = caller;
  const isSaid = groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED);
  if (user === ANONYMOUS.user || isSaid) return caller;
  return { ...caller, groups: [...groups, AUTHENTICATED] };
}

function bearerToken(authorization = ''): string | undefined {
  const [scheme = '', token = ''] = authorization.trim().split(' ');
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}
