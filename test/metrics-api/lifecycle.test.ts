import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../domain/access.ts';
import { silentLog } from '../../domain/log.ts';
import { days, durationMs, epochMs, hours } from '../../domain/units.ts';
import { callers, D, fakeReviewer, openMetricsApi, testPki, type TestPki } from './fixture.ts';

const CART = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
const now = () => epochMs(Date.now());

let pki: TestPki;
beforeAll(async () => {
  pki = await testPki(now());
});
const H = () => ({ as: pki.frontProxy, headers: callers.H });

async function dial(port: number, about = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: pki.servingCa,
    servername: 'localhost',
    ...about,
  });
  await once(socket, 'secureConnect');
  return socket;
}

describe('the serving certificate', () => {
  test('is replaced on the same listener; open connections stay', async () => {
    await using api = await openMetricsApi(pki);
    const { port } = api.service;
    const before = await dial(port);
    const next = await pki.serve();
    api.service.reload(next);
    const after = await dial(port);
    const [old, fresh] = [before, after].map((socket) => socket.getPeerX509Certificate());
    expect(fresh?.toString().trim()).toBe(next.cert.trim());
    expect(old?.toString().trim()).not.toBe(next.cert.trim());
    before.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(String(await once(before, 'data'))).toContain('200 OK');
    for (const socket of [before, after]) socket.destroy();
  });

  test('that is none is refused, and the old one stays', async () => {
    await using api = await openMetricsApi(pki);
    const { cert } = await pki.serve();
    const { key } = await pki.serve();
    for (const pair of [
      { cert, key },
      { cert: 'x', key },
    ]) {
      expect(() => api.service.reload(pair)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
    expect((await api.ask('/readyz')).status).toBe(200);
  });

  test.each(['start', 'reload'])('lets no TLS session be resumed after a %s', async (moment) => {
    await using api = await openMetricsApi(pki);
    if (moment === 'reload') api.service.reload(await pki.serve());
    const { port } = api.service;
    const first = await dial(port, { maxVersion: 'TLSv1.2' });
    const session = first.getSession();
    const second = await dial(port, { maxVersion: 'TLSv1.2', session });
    expect([first.getTLSTicket(), second.isSessionReused()]).toEqual([undefined, false]);
    for (const socket of [first, second]) socket.destroy();
  });

  test('whose time is over makes us not ready', async () => {
    let at = now();
    await using api = await openMetricsApi(pki, { now: () => at });
    at = epochMs(at + days(91));
    const { status, body } = await api.ask('/readyz');
    expect([status, body]).toEqual([
      500,
      '[+]ping ok\n[-]certificate failed: reason withheld\n[+]front-proxy ok\n[+]shutdown ok\nreadyz check failed\n',
    ]);
  });

  test('that is not there yet can come later', async () => {
    await using api = await openMetricsApi(pki, { certificate: { current: () => undefined } });
    await expect(api.ask('/readyz')).rejects.toThrow(/handshake/);
    api.service.reload(await pki.serve());
    expect((await api.ask('/readyz')).status).toBe(200);
  });
});

describe('failures', () => {
  test('a bug is answered with 500, and its text stays in the log', async () => {
    const logged: object[] = [];
    const bug = new TypeError('token is undefined');
    await using api = await openMetricsApi(pki, {
      log: { ...silentLog, error: (members) => void logged.push(members) },
      provider: {
        answer() {
          throw bug;
        },
      },
    });
    const { status, body } = await api.ask(CART, H());
    expect([status, JSON.parse(body)]).toEqual([
      500,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'internal error',
        reason: 'InternalError',
        code: 500,
      },
    ]);
    expect(logged).toEqual([expect.objectContaining({ err: bug })]);
  });

  test('a caller who leaves in the middle disturbs nobody', async () => {
    const gate = Promise.withResolvers<Verdict>();
    const reviewer = fakeReviewer({ may: () => gate.promise });
    await using api = await openMetricsApi(pki, { reviewer });
    const leaving = new Agent();
    const left = api.ask(CART, { ...H(), agent: leaving }).catch(() => 'left');
    while (reviewer.asked.length === 0) await new Promise(setImmediate);
    leaving.destroy();
    expect(await left).toBe('left');
    gate.resolve({ allowed: true });
    expect((await api.ask(CART, H())).status).toBe(200);
  });

  test('a port that is taken is named', async () => {
    await using api = await openMetricsApi(pki);
    const { port } = api.service;
    await expect(openMetricsApi(pki, {}, { port })).rejects.toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: `adapter.port: cannot listen on 127.0.0.1:${port}; set another`,
      }),
    );
  });

  test('answers on the metric path are told to the meters', async () => {
    const told: unknown[] = [];
    await using api = await openMetricsApi(pki, {
      meters: { answered: (metric, code) => void told.push([metric, code]) },
    });
    await api.ask(CART, H());
    await api.ask(CART.replace('predicted-cpu', 'Foo'), H());
    await api.ask('/livez');
    expect(told).toEqual([
      ['predicted-cpu', 200],
      ['foo', 404],
    ]);
  });
});

describe('the end', () => {
  test('draining, we are alive and not ready, and serve on; no connection is kept (lines 35, 36)', async () => {
    const draining = new AbortController();
    await using api = await openMetricsApi(pki, { draining: draining.signal });
    const before = await api.ask(CART, H());
    draining.abort();
    const [ready, live, metric] = [
      await api.ask('/readyz'),
      await api.ask('/livez'),
      await api.ask(CART, H()),
    ];
    expect([ready.status, live.status, metric.status]).toEqual([500, 200, 200]);
    expect(ready.body).toContain('[-]shutdown failed: reason withheld\n');
    expect([before, metric].map(({ headers }) => headers.connection)).toEqual([
      'keep-alive',
      'close',
    ]);
  });

  test('a request under way is answered, and its connection ends', async () => {
    const gate = Promise.withResolvers<Verdict>();
    const reviewer = fakeReviewer({ may: () => gate.promise });
    const api = await openMetricsApi(pki, { reviewer });
    const asked = api.ask(CART, H());
    while (reviewer.asked.length === 0) await new Promise(setImmediate);
    const closed = api.service[Symbol.asyncDispose]();
    gate.resolve({ allowed: true });
    const { status, headers } = await asked;
    expect([status, headers.connection]).toEqual([200, 'close']);
    await closed;
    await api[Symbol.asyncDispose]();
  });

  test('a request that does not end is cut off after its grace', async () => {
    const reviewer = fakeReviewer({ may: () => new Promise(() => {}) });
    const api = await openMetricsApi(pki, { reviewer }, { grace: durationMs(20) });
    const asked = api.ask(CART, H()).catch(() => 'cut off');
    while (reviewer.asked.length === 0) await new Promise(setImmediate);
    await api.service[Symbol.asyncDispose]();
    expect(await asked).toBe('cut off');
  });

  test.each(['long ago', 'just now'])(
    'a connection dialled %s and never used holds nothing up',
    async (when) => {
      const api = await openMetricsApi(pki, {}, { grace: hours(1) });
      const unused = await dial(api.service.port);
      if (when === 'long ago') await api.ask('/livez');
      const ended = once(unused.resume(), 'close');
      await api[Symbol.asyncDispose]();
      await ended;
      expect(unused.destroyed).toBe(true);
    },
  );
});
