import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { durationMs } from '../domain/units.ts';
import type { Upstream, UpstreamAnswer } from './pass-through.ts';

export type UpstreamPlace = {
  readonly host: string;
  readonly port: number;
  /** The name that its certificate must bear. */
  readonly serverName: string;
};

/** PEM of the authorities that may speak for it, and the token that we show. */
export type UpstreamTrust = { readonly ca: string; readonly token: string };

/** Below the second after which every answer on the metric path is given up. */
const LIMIT = durationMs(900);
const LARGEST = 4_194_304;
const SOCKETS = 64;

/** Another metrics API over verified TLS, as ourselves: the caller's identity does not go on. */
export function openUpstream(
  { host, port, serverName }: UpstreamPlace,
  trust: () => UpstreamTrust,
): Upstream & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  return {
    async ask(path, accept) {
      const { ca, token } = trust();
      const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
      const signal = AbortSignal.timeout(LIMIT);
      // An answer that changes the protocol ends without an error, and nobody else would tell.
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const asking = request({
        host,
        port,
        path,
        ca,
        agent,
        // An address is no name that TLS may send; the certificate is held against it all the same.
        servername: isIP(serverName) === 0 ? serverName : '',
        checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
        headers: { accept, authorization: `Bearer ${token}` },
        signal,
      });
      asking.on('error', reject);
      asking.on('response', (response) => void whole(response).then(resolve, reject));
      asking.end();
      return await promise;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** A redirect is no answer, and what is no status could not be handed back. */
const isAnswer = (code: number): boolean =>
  (code >= 200 && code < 300) || (code >= 400 && code < 600);

async function whole(response: IncomingMessage): Promise<UpstreamAnswer> {
  const { statusCode: code = 0 } = response;
  if (!isAnswer(code)) {
    response.destroy();
    throw new Error(`its answer has the status ${code}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > LARGEST) throw new Error(`the answer is larger than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return {
    code,
    type: response.headers['content-type'],
    body: Buffer.concat(chunks),
  };
}
