import { callers, FRONT_PROXY, type Ask } from './fixture.ts';
import type { Certificate, Row, Who } from './row.ts';
import type { Client, TestAuthority } from './test-authority.ts';

type Authorities = {
  readonly front: TestAuthority;
  readonly clients: TestAuthority;
  readonly intermediate: TestAuthority;
  /** The front proxy itself. */
  readonly frontProxy: Client;
};

/** The certificates that rows name, made once. */
export async function testClients(pki: Authorities) {
  const { front, clients, intermediate } = pki;
  const [named, everything, other, expired, server, below] = await Promise.all([
    clients.identify([{ CN: [FRONT_PROXY] }]),
    clients.identify([{ CN: ['everything'] }]),
    front.identify([{ CN: ['another'] }]),
    front.identify([{ CN: [FRONT_PROXY] }], { expired: true }),
    front.identify([{ CN: [FRONT_PROXY] }], { usage: 'serverAuth' }),
    intermediate.identify([{ CN: [FRONT_PROXY] }]),
  ]);
  return {
    'front proxy alone': pki.frontProxy,
    'client with the name of the front proxy': named,
    'client with all rights': everything,
    'front proxy with another name': other,
    'front proxy, expired': expired,
    'front proxy, of a server': server,
    'front proxy by an intermediate': { ...below, cert: below.cert + intermediate.ca },
    'front proxy by an intermediate that is not sent': below,
  } satisfies Record<Certificate, Client>;
}

export type Clients = Awaited<ReturnType<typeof testClients>>;

/** What a row sends: with which certificate, and with which headers. */
export function askOf({ as = 'H', method = 'GET', headers = {} }: Row, clients: Clients): Ask {
  if (as === 'N') return { method, headers };
  if (isCaller(as)) {
    const all = { ...callers[as], ...headers };
    return { method, headers: all, as: clients['front proxy alone'] };
  }
  return { method, headers, as: clients[as] };
}

const isCaller = (who: Who): who is keyof typeof callers => who in callers;
