import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import { passThrough } from '../../apiservice/pass-through.ts';
import { openUpstream } from '../../apiservice/pass-through-upstream.ts';
import { silentLog } from '../../domain/log.ts';
import { epochMs } from '../../domain/units.ts';
import { callers, D, openMetricsApi, testPki } from './fixture.ts';

/** What only this upstream says, and how to ask it. */
async function anUpstream(house: AsyncDisposableStack, answer: RequestListener) {
  const pki = await testPki(epochMs(Date.now()));
  const server = createServer(await pki.serve(), answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  house.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const place = { host: '127.0.0.1', port, serverName: 'localhost' };
  const upstream = house.use(openUpstream(place, () => ({ ca: pki.servingCa, token: 't' })));
  return { pki, upstream };
}

test('an upstream that takes more than a second is not waited for, and holds up nobody else', async () => {
  await using house = new AsyncDisposableStack();
  const { pki, upstream } = await anUpstream(house, () => {});
  const through = passThrough(upstream, { log: silentLog, answered: () => {} });
  await using api = await openMetricsApi(pki, { passThrough: through });
  const as = { as: pki.frontProxy, headers: callers.H };
  let isOver = false;
  const slow = api.ask(`${D}/namespaces/shop/queue-length`, as).finally(() => (isOver = true));
  const ours = await api.ask(
    `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`,
    as,
  );
  expect(ours.status).toBe(200);
  expect(isOver).toBe(false);
  expect(await slow).toMatchObject({
    status: 503,
    body: expect.stringContaining('the upstream metrics API does not answer'),
  });
});

test('nor is one that changes the protocol instead of answering', async () => {
  await using house = new AsyncDisposableStack();
  const { upstream } = await anUpstream(house, ({ socket }) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  });
  await expect(upstream.ask('/', 'application/json')).rejects.toThrow('timeout');
});
