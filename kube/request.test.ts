import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { durationMs, minutes } from '../domain/units.ts';
import { openRequests } from './request.ts';

const signal = new AbortController().signal;

/** A server of one behaviour on loopback, and requests to it; both end with the test. */
async function serving(listener: RequestListener) {
  const house = new AsyncDisposableStack();
  const server = createServer(listener).listen(0, '127.0.0.1');
  house.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}/prefix`, skipTLSVerify: true },
    { name: 'u', token: 'secret' },
  );
  const kube = house.use(openRequests(config));
  return { kube, server, [Symbol.asyncDispose]: () => house.disposeAsync() };
}

const heard = async (request: IncomingMessage) => ({
  method: request.method,
  url: request.url,
  authorization: request.headers.authorization,
  type: request.headers['content-type'],
  body: await text(request),
});

test('a question arrives with its path, query, body and our credentials', async () => {
  await using place = await serving((request, response) => {
    void heard(request).then((all) => response.end(JSON.stringify(all)));
  });

  const answer = await place.kube.ask(
    {
      method: 'PATCH',
      path: '/apis/x',
      query: { fieldManager: 'self-scaling', continue: undefined },
      contentType: 'application/apply-patch+yaml',
      body: { name: 'jürgen' },
    },
    signal,
  );

  expect(answer).toEqual({
    method: 'PATCH',
    url: '/prefix/apis/x?fieldManager=self-scaling',
    authorization: 'Bearer secret',
    type: 'application/apply-patch+yaml',
    body: '{"name":"jürgen"}',
  });
});

test('the preconditions of a DELETE arrive', async () => {
  await using place = await serving((request, response) => {
    void heard(request).then(({ body }) => response.end(JSON.stringify({ body })));
  });

  const body = { preconditions: { uid: 'u' } };

  expect(await place.kube.ask({ method: 'DELETE', path: '/x', body }, signal)).toEqual({
    body: JSON.stringify(body),
  });
});

test('a connection is kept and used again', async () => {
  const ports = new Set<number | undefined>();
  await using place = await serving((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });

  await place.kube.ask({ path: '/1' }, signal);
  await place.kube.ask({ path: '/2' }, signal);

  expect(ports.size).toBe(1);
});

test('a kept connection that the server has closed costs a GET nothing', async () => {
  let calls = 0;
  await using place = await serving((request, response) => {
    calls += 1;
    // The second question meets a connection that dies under it.
    if (calls === 2) request.socket.destroy();
    else response.end(`{"call":${calls}}`);
  });

  await place.kube.ask({ path: '/1' }, signal);

  expect(await place.kube.ask({ path: '/2' }, signal)).toEqual({ call: 3 });
});

test.each([
  ['a page that is not JSON', 200, '<html>', 'is not JSON'],
  ['a redirect', 302, '', 'HTTP 302'],
  ['a fault', 500, 'etcd is full', 'etcd is full'],
  ['a Status', 503, '{"message":"not ready"}', 'not ready'],
])('%s is no answer', async (_, status, body, told) => {
  await using place = await serving((_request, response) => {
    response.writeHead(status).end(body);
  });

  await expect(place.kube.ask({ path: '/x' }, signal)).rejects.toMatchObject({
    code: 'KUBE_UNAVAILABLE',
    message: expect.stringContaining(told) as unknown,
  });
});

test('a server that does not answer in time is unavailable', async () => {
  await using place = await serving(() => {});

  await expect(place.kube.ask({ path: '/x', limit: durationMs(20) }, signal)).rejects.toMatchObject(
    {
      code: 'KUBE_UNAVAILABLE',
      message: expect.stringContaining('no answer in 0.02 s') as unknown,
    },
  );
});

test('a server that is not there is unavailable', async () => {
  const place = await serving(() => {});
  await place[Symbol.asyncDispose]();

  await expect(place.kube.ask({ path: '/x' }, signal)).rejects.toMatchObject({
    code: 'KUBE_UNAVAILABLE',
  });
});

test('who stops waiting gets the reason of the stop, not a refusal', async () => {
  const stop = new AbortController();
  const reason = new Error('the process ends');
  await using place = await serving(() => stop.abort(reason));

  await expect(place.kube.ask({ path: '/x' }, stop.signal)).rejects.toBe(reason);
});

const collected = async (lines: AsyncIterable<unknown>) => {
  const seen: unknown[] = [];
  let end: unknown = 'ended';
  try {
    for await (const line of lines) seen.push(line);
  } catch (error) {
    end = error;
  }
  return { seen, end };
};

test('a stream comes line by line, however it is cut into packets', async () => {
  const lines = Buffer.from('{"name":"jürgen"}\n{"n":2}\n\n{"n":3}\n');
  await using place = await serving((_request, response) => {
    response.write(lines.subarray(0, 11)); // in the middle of ü
    response.write(lines.subarray(11, 20));
    response.end(lines.subarray(20));
  });

  const stream = await place.kube.follow({ path: '/x' }, minutes(1), signal);

  expect(await collected(stream)).toEqual({
    seen: [{ name: 'jürgen' }, { n: 2 }, { n: 3 }],
    end: 'ended',
  });
});

test('a stream that is cut refuses, and half a line was never said', async () => {
  await using place = await serving((request, response) => {
    response.write('{"n":1}\n{"n":');
    setImmediate(() => request.socket.destroy());
  });

  const { seen, end } = await collected(
    await place.kube.follow({ path: '/x' }, minutes(1), signal),
  );

  expect(seen).toEqual([{ n: 1 }]);
  expect(end).toMatchObject({ code: 'KUBE_UNAVAILABLE' });
});

test('a stream that is silent for too long refuses', async () => {
  await using place = await serving((_request, response) => void response.write('{"n":1}\n'));

  const { end } = await collected(await place.kube.follow({ path: '/x' }, durationMs(20), signal));

  expect(end).toMatchObject({
    code: 'KUBE_UNAVAILABLE',
    message: expect.stringContaining('nothing was heard for too long') as unknown,
  });
});

test('a watch that is refused says so before the first line', async () => {
  await using place = await serving((_request, response) => {
    response.writeHead(410).end('{"message":"too old resource version"}');
  });

  await expect(place.kube.follow({ path: '/x' }, minutes(1), signal)).rejects.toMatchObject({
    details: { status: 410 },
  });
});
