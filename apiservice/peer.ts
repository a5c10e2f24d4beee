import { X509Certificate } from 'node:crypto';
import type { Caller } from '../domain/access.ts';
import type { AuthConfig } from '../domain/auth-config.ts';
import { epochMs, minutes, type EpochMs } from '../domain/units.ts';
import { believedUntil } from './front-proxy.ts';

/** The authorities of one edition of the configuration, pool by pool. */
export type Pools = {
  readonly clients: readonly X509Certificate[];
  readonly frontProxies: readonly X509Certificate[];
  readonly allowedNames: readonly string[];
};

/** What the certificate of a connection is good for. */
export type PeerVerdict = {
  readonly presented: boolean;
  readonly isFrontProxy: boolean;
  /** Whom it names, if the clients' pool believes it. */
  readonly user?: Caller;
  /** When it must be asked again. */
  readonly until: EpochMs;
};

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const MOST_SENT = 10;
/** A certificate that is not believed may only be not valid yet. */
const REFUSAL_HOLDS = minutes(1);
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

export const poolsOf = ({ clientCa, requestHeaderCa, allowedNames }: AuthConfig): Pools => ({
  clients: certificatesIn(clientCa),
  frontProxies: certificatesIn(requestHeaderCa),
  allowedNames,
});

/** The certificates of a PEM bundle; what cannot be read is no authority. */
function certificatesIn(bundle = ''): X509Certificate[] {
  return (bundle.match(PEM) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
}

/** Judges the certificate of a connection, each pool for itself. */
export function peerVerdict(
  leaf: X509Certificate | undefined,
  pools: Pools,
  now: EpochMs,
): PeerVerdict {
  const later = epochMs(now + REFUSAL_HOLDS);
  if (leaf === undefined) return { presented: false, isFrontProxy: false, until: later };
  const sent = sentBeside(leaf);
  const front = believedUntil(leaf, sent, pools.frontProxies, now);
  const client = believedUntil(leaf, sent, pools.clients, now);
  const name = commonName(leaf);
  const isAllowed = pools.allowedNames.length === 0 || pools.allowedNames.includes(name);
  return {
    presented: true,
    isFrontProxy: front !== undefined && isAllowed,
    ...(client !== undefined && name !== '' ? { user: userOf(leaf, name) } : {}),
    until: epochMs(Math.min(front ?? later, client ?? later)),
  };
}

function sentBeside(leaf: X509Certificate): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let next = leaf.issuerCertificate;
  while (next !== undefined && sent.length < MOST_SENT) {
    const { fingerprint256 } = next;
    if (sent.some((each) => each.fingerprint256 === fingerprint256)) break;
    sent.push(next);
    next = next.issuerCertificate;
  }
  return sent;
}

const userOf = (leaf: X509Certificate, user: string): Caller => ({
  user,
  groups: subjectValues(leaf, 'O'),
  extra: {
    [CREDENTIAL_ID]: [`X509SHA256=${leaf.fingerprint256.replaceAll(':', '').toLowerCase()}`],
  },
});

const commonName = (leaf: X509Certificate): string => subjectValues(leaf, 'CN').at(-1) ?? '';

/** `subject` itself is text in which a name may hold a line break; the legacy object is cut already. */
function subjectValues(leaf: X509Certificate, attribute: 'CN' | 'O'): readonly string[] {
  return [leaf.toLegacyObject().subject[attribute] ?? []].flat();
}
