import type { X509Certificate } from 'node:crypto';
import type { Caller } from '../domain/access.ts';
import type { AuthConfig } from '../domain/auth-config.ts';
import { remembered } from '../domain/remembered.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';

/** The newest `extension-apiserver-authentication`; `undefined` until it has been read. */
export interface AuthConfigSource {
  current(): AuthConfig | undefined;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';
const DEEPEST = 5;
const NAMES_KEPT = 256;
const LONGEST_NAME = 128;

/**
 * Until when a client certificate may be believed: it, or a chain through the certificates sent beside
 * it, ends at a root of ONE pool. `undefined` when it may not.
 *
 * Node's own `authorized` speaks of the union of all pools and is never read.
 */
export function believedUntil(
  leaf: X509Certificate,
  sent: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: EpochMs,
): EpochMs | undefined {
  const usages = leaf.keyUsage ?? [];
  if (usages.length > 0 && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE)) {
    return undefined;
  }
  return chainUntil(leaf, sent, roots, now, DEEPEST);
}

function chainUntil(
  leaf: X509Certificate,
  sent: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: EpochMs,
  depth: number,
): EpochMs | undefined {
  if (depth === 0 || !isInForce(leaf, now)) return undefined;
  const end = leaf.validToDate.getTime();
  if (roots.some((root) => root.fingerprint256 === leaf.fingerprint256)) return epochMs(end);
  const root = roots.find((each) => issued(each, leaf, now));
  if (root !== undefined) return epochMs(Math.min(end, root.validToDate.getTime()));
  for (const issuer of sent.filter((each) => issued(each, leaf, now))) {
    const others = sent.filter((each) => each !== issuer);
    const until = chainUntil(issuer, others, roots, now, depth - 1);
    if (until !== undefined) return epochMs(Math.min(end, until));
  }
  return undefined;
}

const isInForce = (certificate: X509Certificate, now: EpochMs): boolean =>
  certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime();

const issued = (issuer: X509Certificate, leaf: X509Certificate, now: EpochMs): boolean =>
  issuer.ca && isInForce(issuer, now) && leaf.checkIssued(issuer) && verifies(leaf, issuer);

function verifies(leaf: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return leaf.verify(issuer.publicKey);
  } catch {
    return false; // A key of a kind that we cannot read has signed nothing that we believe.
  }
}

/**
 * Reads who a front proxy says is calling, from raw header pairs: Node joins what is repeated and reads
 * bytes as latin1. `undefined` when no user is named.
 *
 * @see kubernetes/apiserver:pkg/authentication/request/headerrequest/requestheader.go
 */
export function identityHeaders(config: AuthConfig) {
  const { usernameHeaders, uidHeaders, groupHeaders } = config;
  const named = new Set(
    [...usernameHeaders, ...uidHeaders, ...groupHeaders].map((header) => header.toLowerCase()),
  );
  const prefixes = config.extraHeaderPrefixes.map((prefix) => prefix.toLowerCase());

  /** Of the names we look for, in either case: most headers are told apart by their first letter. */
  const initials = new Set(
    [...named, ...prefixes].flatMap((name) => [
      name.charCodeAt(0),
      name.toUpperCase().charCodeAt(0),
    ]),
  );
  const isIdentity = remembered(NAMES_KEPT, LONGEST_NAME, (name) => {
    const lower = name.toLowerCase();
    return named.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix));
  });

  /** Names in lower case, in the order they were sent. */
  const pairsIn = (rawHeaders: readonly string[]): Pair[] =>
    rawHeaders.flatMap((name, at): Pair[] =>
      at % 2 === 0 && isIdentity(name)
        ? [[name.toLowerCase(), utf8(rawHeaders[at + 1] ?? '')]]
        : [],
    );

  const firstOf = (pairs: readonly Pair[], headers: readonly string[]): string =>
    headers
      .map((header) => pairs.find(([name]) => name === header.toLowerCase())?.[1] ?? '')
      .find((value) => value !== '') ?? '';

  const valuesOf = (pairs: readonly Pair[], headers: readonly string[]): string[] =>
    headers.flatMap((header) =>
      pairs.filter(([name]) => name === header.toLowerCase()).map(([, value]) => value),
    );

  return {
    /** The identity headers of a request, raw name by raw value: equal lists name equal callers. */
    rawIn(rawHeaders: readonly string[]): string[] {
      return rawHeaders.filter((_, at) => isIdentity(rawHeaders[at - (at % 2)] ?? ''));
    },
    /** Whether `raw` is what {@link rawIn} would find: asked for each request, so nothing is made. */
    areIn(raw: readonly string[], rawHeaders: readonly string[]): boolean {
      let found = 0;
      for (let at = 0; at < rawHeaders.length; at += 2) {
        const name = rawHeaders[at] ?? '';
        if (name === raw[found] && rawHeaders[at + 1] === raw[found + 1]) found += 2;
        else if (initials.has(name.charCodeAt(0)) && isIdentity(name)) return false;
      }
      return found === raw.length;
    },
    callerIn(rawHeaders: readonly string[]): Caller | undefined {
      const pairs = pairsIn(rawHeaders);
      const user = firstOf(pairs, usernameHeaders);
      if (user === '') return undefined;
      const uid = firstOf(pairs, uidHeaders);
      return {
        user,
        ...(uid === '' ? {} : { uid }),
        groups: valuesOf(pairs, groupHeaders),
        extra: extraIn(pairs, prefixes),
      };
    },
  };
}

type Pair = readonly [name: string, value: string];

function extraIn(
  pairs: readonly Pair[],
  prefixes: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const found = prefixes.flatMap((prefix) =>
    pairs
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]): Pair => [unescaped(name.slice(prefix.length)), value]),
  );
  const byKey = Map.groupBy(found, ([key]) => key);
  return Object.fromEntries(
    [...byKey].map(([key, members]) => [key, members.map(([, value]) => value)]),
  );
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const utf8 = (latin1: string): string =>
  /[\u0080-\u00ff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1;
