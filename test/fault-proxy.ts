import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** What happens to one request on its way: answered falsely, never answered, cut off, or changed. */
export type Fault =
  | { readonly status: number; readonly body?: string }
  | 'hang'
  | 'cut before it arrives'
  | 'cut after it arrived'
  | 'cut in the middle of the answer'
  | 'hang in the middle of the answer'
  | { readonly rewrite: (body: string) => string };
export type Asked = { readonly method: string; readonly path: string; readonly body: string };
/** `undefined` = passed on as it is. */
export type Decide = (asked: Asked) => Fault | undefined;

/** A proxy before a real server, for faults that a real server does not show when asked. */
export async function faultProxy(target: string) {
  let decide: Decide = () => undefined;
  const server = createServer((request, response) => {
    answer(target, request, response, (asked) => decide(asked)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults: (next: Decide): void => {
      decide = next;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  decide: Decide,
): Promise<void> {
  const asked = await read(request);
  const fault = decide(asked);
  if (fault === 'hang') return;
  if (fault === 'cut before it arrives') {
    response.destroy();
    return;
  }
  if (typeof fault === 'object' && 'status' in fault) {
    response.writeHead(fault.status, { 'content-type': 'application/json' });
    response.end(fault.body ?? '{"code":"fault","message":"a fault"}');
    return;
  }
  const body = typeof fault === 'object' ? fault.rewrite(asked.body) : asked.body;
  await passOn(target, request, { ...asked, body }, response, fault);
}

async function read(request: IncomingMessage): Promise<Asked> {
  const { method = 'GET', url = '/', headers } = request;
  const sent = await buffer(request);
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  return { method, path: url, body: body.toString() };
}

async function passOn(
  target: string,
  { headers }: IncomingMessage,
  { method, path, body }: Asked,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const { authorization = '', 'content-type': type = 'text/plain' } = headers;
  const found = await fetch(target + path, {
    method,
    headers: { authorization, 'content-type': type },
    ...(method !== 'GET' && { body }),
  });
  const content = Buffer.from(await found.arrayBuffer());
  if (fault === 'cut after it arrived') {
    response.destroy();
    return;
  }
  response.writeHead(found.status, {
    'content-type': found.headers.get('content-type') ?? 'text/plain',
    ...(content.length > 0 && { 'content-length': content.length }),
  });
  const half = content.subarray(0, content.length / 2);
  if (fault === 'hang in the middle of the answer') response.write(half);
  else if (fault !== 'cut in the middle of the answer') response.end(content);
  else response.write(half, () => response.destroy());
}
