import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { passThrough } from '../../apiservice/pass-through.ts';
import { openUpstream } from '../../apiservice/pass-through-upstream.ts';
import { silentLog } from '../../domain/log.ts';
import { epochMs } from '../../domain/units.ts';
import { callers, D, openMetricsApi, testPki, type Opened, type TestPki } from './fixture.ts';

const QUEUE = `${D}/namespaces/shop/queue-length?labelSelector=queue%3Da%2Cteam+in+%28x%2Cy%29`;
const CART = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
const LIST = '{"kind":"ExternalMetricValueList","items":[{"metricName":"queue-length"}]}';
const SILENT = {
  status: 503,
  body: expect.stringContaining('"message":"the upstream metrics API does not answer"'),
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const house = new AsyncDisposableStack();
const answered: number[] = [];
let pki: TestPki;
let port: number;
let heard: IncomingMessage[] = [];
let answer: Handler;

beforeAll(async () => {
  pki = await testPki(epochMs(Date.now()));
  const server = createServer(await pki.serve(), (request, response) => {
    heard.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  house.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => house.disposeAsync());
beforeEach(() => {
  heard = [];
  answered.length = 0;
  answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'retry-after': '30' }).end(LIST);
  };
});

/** Our API, with the upstream behind it. */
async function behind(about: { ca?: string; port?: number; serverName?: string } = {}) {
  const { ca = pki.servingCa, serverName = 'localhost' } = about;
  const place = { host: '127.0.0.1', port: about.port ?? port, serverName };
  const upstream = openUpstream(place, () => ({ ca, token: 'our-token' }));
  const through = passThrough(upstream, {
    log: silentLog,
    answered: (code) => answered.push(code),
  });
  const api = await openMetricsApi(pki, { passThrough: through });
  const ask = (path: string, headers: Parameters<Opened['ask']>[1] = {}) =>
    api.ask(path, { as: pki.frontProxy, headers: callers.H, ...headers });
  return {
    ask,
    async [Symbol.asyncDispose]() {
      upstream[Symbol.dispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe('a metric that is not ours', () => {
  test('is asked of the upstream, as ourselves; status and body come back, Retry-After does not', async () => {
    await using api = await behind();
    const reply = await api.ask(QUEUE);
    expect(reply).toMatchObject({ status: 200, body: LIST });
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(reply.headers).not.toHaveProperty('retry-after');
    const [request] = heard;
    expect(request?.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer our-token',
    });
    expect(request?.headers).not.toHaveProperty('x-remote-user');
    const url = new URL(request?.url ?? '', 'https://upstream');
    expect(url.pathname).toBe(`${D}/namespaces/shop/queue-length`);
    expect([...url.searchParams]).toEqual([['labelSelector', 'queue=a,team in (x,y)']]);
    expect(answered).toEqual([200]);
  });

  test('comes in the encoding that was asked for', async () => {
    answer = (_, response) => {
      const type = 'application/vnd.kubernetes.protobuf';
      response.writeHead(200, { 'content-type': type }).end(Buffer.from([0x6b, 0x38, 0x73, 0, 1]));
    };
    await using api = await behind();
    const accept = 'application/vnd.kubernetes.protobuf,application/json';
    const reply = await api.ask(QUEUE, { headers: { ...callers.H, accept } });
    expect(reply.headers['content-type']).toBe('application/vnd.kubernetes.protobuf');
    expect([...reply.bytes]).toEqual([0x6b, 0x38, 0x73, 0, 1]);
    expect(heard[0]?.headers.accept).toContain('application/vnd.kubernetes.protobuf');
  });

  test('keeps the failure that the upstream gives', async () => {
    const body = '{"kind":"Status","code":500,"message":"no such queue"}';
    answer = (_, response) => void response.writeHead(500, { 'retry-after': '30' }).end(body);
    await using api = await behind();
    const reply = await api.ask(QUEUE);
    expect(reply).toMatchObject({ status: 500, body });
    expect(reply.headers).not.toHaveProperty('retry-after');
  });

  test('is asked only for callers whom we let', async () => {
    await using api = await behind();
    expect((await api.ask(QUEUE, { headers: callers.U })).status).toBe(403);
    expect((await api.ask(QUEUE, { method: 'POST', headers: callers.everything })).status).toBe(
      405,
    );
    expect((await api.ask(`${QUEUE}&watch=true`)).status).toBe(405);
    expect(heard).toEqual([]);
  });

  test('has no answer when the upstream is away, not whom we trust, or not who it should be', async () => {
    await using away = await behind({ port: 1 });
    await using forged = await behind({ ca: pki.front.ca });
    await using misnamed = await behind({ serverName: 'example.org' });
    for (const api of [away, forged, misnamed]) expect(await api.ask(QUEUE)).toMatchObject(SILENT);
    expect(heard).toEqual([]);
    expect(answered).toEqual([503, 503, 503]);
  });

  test('is asked by an address that the certificate bears, and of no other', async () => {
    await using api = await behind({ serverName: '127.0.0.1' });
    await using misnamed = await behind({ serverName: '127.0.0.2' });
    expect(await api.ask(QUEUE)).toMatchObject({ status: 200, body: LIST });
    expect(await misnamed.ask(QUEUE)).toMatchObject(SILENT);
  });

  test('has no answer when the upstream breaks off, or says too much', async () => {
    await using api = await behind();
    answer = ({ socket }) => void socket.destroy();
    expect(await api.ask(QUEUE)).toMatchObject(SILENT);
    answer = (_, response) => void response.end(Buffer.alloc(5_000_000));
    expect(await api.ask(QUEUE)).toMatchObject(SILENT);
  });

  test.each(['301 Moved', '304 Not Modified', '000 Nothing', '099 Odd', '999 Odd'])(
    'has no answer when the upstream says %s',
    async (line) => {
      await using api = await behind();
      const head = `HTTP/1.1 ${line}\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n`;
      answer = ({ socket }) => void socket.write(head);
      expect(await api.ask(QUEUE)).toMatchObject(SILENT);
    },
  );

  test('keeps a type that is no ASCII from breaking the answer', async () => {
    await using api = await behind();
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: a\xe9\x80\r\nContent-Length: 1\r\n\r\na';
    answer = ({ socket }) => void socket.write(head, 'latin1');
    expect(await api.ask(QUEUE)).toMatchObject({ status: 200, body: 'a' });
  });
});

describe('what is ours', () => {
  test('never goes to the upstream, known or not, and its list is not mixed with ours', async () => {
    await using api = await behind();
    expect(await api.ask(CART)).toMatchObject({ status: 200 });
    expect(await api.ask(CART.replace('predicted-cpu', 'Predicted-Nothing'))).toMatchObject({
      status: 404,
    });
    await using alone = await openMetricsApi(pki);
    const as = { as: pki.frontProxy, headers: callers.M };
    expect((await api.ask(D, as)).body).toBe((await alone.ask(D, as)).body);
    expect(heard).toEqual([]);
  });

  test('is served, and ready, while the upstream is away', async () => {
    await using api = await behind({ port: 1 });
    expect(await api.ask(QUEUE)).toMatchObject(SILENT);
    expect(await api.ask(CART)).toMatchObject({ status: 200 });
    expect(await api.ask('/readyz')).toMatchObject({ status: 200, body: 'ok' });
  });

  test('without an upstream, an unknown metric is refused with the names there are', async () => {
    await using api = await openMetricsApi(pki);
    const reply = await api.ask(QUEUE, { as: pki.frontProxy, headers: callers.H });
    expect(reply).toMatchObject({ status: 404, body: expect.stringContaining('predicted-cpu') });
  });
});
