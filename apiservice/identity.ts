import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { AccessReviewer, Caller } from '../domain/access.ts';
import type { AuthConfig } from '../domain/auth-config.ts';
import type { Log } from '../domain/log.ts';
import { memo } from '../domain/memo.ts';
import { durationMs, seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { identityHeaders, type AuthConfigSource } from './front-proxy.ts';
import { peerVerdict, poolsOf, type PeerVerdict, type Pools } from './peer.ts';
import { within } from './within.ts';

type Ports = {
  readonly authConfig: AuthConfigSource;
  readonly reviewer: AccessReviewer;
  readonly now: () => EpochMs;
  readonly log: Log;
  /** Told what is left of each certificate that names somebody, once a connection. */
  readonly certificateSeen: (left: DurationMs) => void;
};

/** What one edition of the configuration means: made once, dropped with the edition. */
type Edition = {
  readonly generation: string;
  readonly pools: Pools;
  readonly headers: ReturnType<typeof identityHeaders>;
  /** Callers that the front proxy named, one object each, by the headers that named them. */
  readonly fronted: Map<string, Caller>;
  readonly peers: WeakMap<TLSSocket, Peer>;
};

type Peer = {
  readonly verdict: PeerVerdict;
  /** Whom the front proxy named in the last request, by the headers that named them. */
  last?: { readonly raw: readonly string[]; readonly caller: Caller };
};

const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
const ANONYMOUS: Caller = { user: 'system:anonymous', groups: [UNAUTHENTICATED], extra: {} };
const TOKENS_KEPT = 4096;
const TOKEN_KEPT_FOR = seconds(10);
const CALLERS_KEPT = 4096;
const LONGEST_KEY = 10_000;
const KEY_BYTES = 32;

/**
 * Who is calling, in the order of a delegated API server: front proxy, client certificate, bearer token,
 * nobody. The first success wins; credentials of which none is valid make `undefined` (401).
 *
 * A connection is judged once per edition of the configuration; tokens are reviewed at most every 10 s.
 * @see kubernetes/apiserver:pkg/authentication/authenticatorfactory/delegating.go
 */
export function identities(ports: Ports, reviewLimit: DurationMs) {
  const { authConfig, reviewer, now, log } = ports;
  const tokens = memo<Caller | undefined>(TOKENS_KEPT, () => TOKEN_KEPT_FOR, now);
  const secret = randomBytes(KEY_BYTES);
  let edition: Edition | undefined;

  const currentEdition = (): Edition | undefined => {
    const config = authConfig.current();
    if (config !== undefined && config.generation !== edition?.generation) {
      edition = editionOf(config);
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
      const peer = peerOf(socket, current, ports);
      const { verdict } = peer;
      const caller =
        (verdict.isFrontProxy ? fronted(current, peer, rawHeaders) : undefined) ?? verdict.user;
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

const editionOf = (config: AuthConfig): Edition => ({
  generation: config.generation,
  pools: poolsOf(config),
  headers: identityHeaders(config),
  fronted: new Map(),
  peers: new WeakMap(),
});

function peerOf(socket: TLSSocket, { pools, peers }: Edition, ports: Ports): Peer {
  const at = ports.now();
  const known = peers.get(socket);
  if (known !== undefined && at <= known.verdict.until) return known;
  const verdict = peerVerdict(socket.getPeerX509Certificate(), pools, at);
  if (verdict.isFrontProxy || verdict.user !== undefined) {
    ports.certificateSeen(durationMs(verdict.until - at));
  }
  const user = verdict.user === undefined ? {} : { user: authenticated(verdict.user) };
  const peer: Peer = { verdict: { ...verdict, ...user } };
  peers.set(socket, peer);
  return peer;
}

/** Whom the front proxy names; mostly it is whom it named on this connection before. */
function fronted(
  { headers, fronted: known }: Edition,
  peer: Peer,
  rawHeaders: readonly string[],
): Caller | undefined {
  if (peer.last !== undefined && headers.areIn(peer.last.raw, rawHeaders)) return peer.last.caller;
  const raw = headers.rawIn(rawHeaders);
  const key = raw.join('\n');
  const before = known.get(key);
  const caller = before ?? named(headers, rawHeaders);
  if (caller === undefined || key.length > LONGEST_KEY) return caller;
  if (before === undefined) keep(known, key, caller);
  peer.last = { raw, caller };
  return caller;
}

function named(headers: Edition['headers'], rawHeaders: readonly string[]): Caller | undefined {
  const caller = headers.callerIn(rawHeaders);
  return caller === undefined ? undefined : authenticated(caller);
}

function keep(known: Map<string, Caller>, key: string, caller: Caller): void {
  const oldest = known.keys().next().value;
  if (oldest !== undefined && known.size >= CALLERS_KEPT) known.delete(oldest);
  known.set(key, caller);
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
