import { expect, test } from 'vitest';
import { epochMs } from '../../domain/units.ts';
import { callers, D, openMetricsApi, testPki } from './fixture.ts';

const CART = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;

test('2,000 requests while one of two servers ends: none fails', async () => {
  const pki = await testPki(epochMs(Date.now()));
  const asked = { as: pki.frontProxy, headers: callers.H };
  const draining = new AbortController();
  const [first, second] = await Promise.all([
    openMetricsApi(pki, { draining: draining.signal }),
    openMetricsApi(pki),
  ]);
  let endpoints = [first, second];
  let sent = 0;
  const statuses = new Map<number, number>();
  let ended: Promise<void> = Promise.resolve();
  const worker = async (): Promise<void> => {
    while (sent < 2000) {
      sent += 1;
      if (sent === 700) draining.abort();
      if (sent === 900) endpoints = [second];
      if (sent === 1000) ended = first[Symbol.asyncDispose]();
      const { status } = await endpoints[sent % endpoints.length]!.ask(CART, asked);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await ended;
  await second[Symbol.asyncDispose]();
  expect([...statuses]).toEqual([[200, 2000]]);
});
