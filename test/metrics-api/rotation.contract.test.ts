import { Agent } from 'node:https';
import { expect, test } from 'vitest';
import { createAuthority, issueServing } from '../../apiservice/certificates.ts';
import { epochMs } from '../../domain/units.ts';
import { askAt, callers, FRONT_PROXY, openMetricsApi, testPki } from './fixture.ts';
import { CART } from './row.ts';
import { testAuthority } from './test-authority.ts';

const now = () => epochMs(Date.now());
const REQUESTS = 4000;
const WORKERS = 16;

/*
 * As kube-apiserver and we do it: first everybody trusts the old and the new, then the new is used, then
 * the old is dropped. Connections are kept, and dialled anew now and then.
 */
test('4,000 requests while the front proxy’s authority, ours and its certificate are replaced: none fails', async () => {
  const pki = await testPki(now());
  const [nextFront, nextServing] = await Promise.all([
    testAuthority('front-proxy-ca', now()),
    createAuthority(now()),
  ]);
  const nextProxy = await nextFront.identify([{ CN: [FRONT_PROXY] }]);
  let config = pki.authConfig();
  await using api = await openMetricsApi(pki, { authConfig: { current: () => config } });
  let proxy = pki.frontProxy;
  let trusted = pki.servingCa;
  let agent = new Agent({ keepAlive: true });
  const redial = (): void => {
    agent = new Agent({ keepAlive: true });
  };

  const steps = new Map<number, () => void | Promise<void>>([
    [
      500,
      () =>
        void (config = pki.authConfig({
          requestHeaderCa: pki.front.ca + nextFront.ca,
          generation: '2',
        })),
    ],
    [1000, () => void (proxy = nextProxy)],
    [
      1500,
      () => void (config = pki.authConfig({ requestHeaderCa: nextFront.ca, generation: '3' })),
    ],
    [2000, () => void (trusted = pki.servingCa + nextServing.cert)],
    [2500, async () => api.service.reload(await issueServing(nextServing, ['localhost'], now()))],
    [3000, () => void (trusted = nextServing.cert)],
    [3500, redial],
  ]);
  const outcomes = new Map<string, number>();
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < REQUESTS) {
      sent += 1;
      await steps.get(sent)?.();
      if (sent % 200 === 0) redial();
      const at = { port: api.service.port, ca: trusted, servername: 'localhost' };
      const outcome = await askAt(at, CART, { as: proxy, headers: callers.H, agent }).then(
        ({ status }) => String(status),
        String,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  expect([...outcomes]).toEqual([['200', REQUESTS]]);
});
