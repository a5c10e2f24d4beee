import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
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
const USUAL_CODE = 502;

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
      const asking = request({
        host,
        port,
        path,
        ca,
        agent,
        servername: serverName,
        headers: { accept, authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(LIMIT),
      });
      asking.on('error', reject);
      asking.on('response', (response) => void whole(response).then(resolve, reject));
      asking.end();
      return await promise;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

async function whole(response: IncomingMessage): Promise<UpstreamAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > LARGEST) throw new Error(`the answer is larger than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return {
    code: response.statusCode ?? USUAL_CODE,
    type: response.headers['content-type'],
    body: Buffer.concat(chunks),
  };
}
