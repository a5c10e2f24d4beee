import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepCertificates } from '../../apiservice/rotation.ts';
import { silentLog } from '../../domain/log.ts';
import { days, epochMs, minutes, seconds } from '../../domain/units.ts';
import { createAuthority } from '../control-plane/pki.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import {
  endpointsOf,
  openAdapters,
  OWN_ADDRESS,
  register,
  SERVED_NAME,
  untilAvailable,
  type Adapter,
  type Adapters,
} from './adapters.ts';
import { expectSoon } from './expect-soon.ts';
import { steadyLoad } from './steady-load.ts';

const missing =
  OWN_ADDRESS === '' ? 'needs an address besides loopback' : whyMissing(CONTROL_PLANE);
const AUTH_CONFIG = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
const COMPONENTS = 20;
const PER_SECOND = 60;
const LOAD = { perSecond: PER_SECOND, components: COMPONENTS };
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);

type Config = { readonly data: Readonly<Record<string, string>> };

/*
 * Two adapters behind one Service, at a real API server. What an administrator and the controller role do
 * is done step by step; only the waiting times between the steps are shortened.
 */
describe.skipIf(missing !== undefined)(`rotation under load ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let rig: Adapters;
  let adapters: Adapter[];
  beforeAll(async () => {
    rig = await openAdapters(house, COMPONENTS, {
      apiServerFlags: ['--enable-aggregator-routing=true'],
    });
    // Ten years less 29 days ago: the next look finds that it must be replaced.
    const ca = await rig.certify(epochMs(Date.now() - days(3650 - 29)));
    const endpoints = endpointsOf(rig.controlPlane, OWN_ADDRESS);
    await endpoints.createService();
    adapters = await Promise.all(['one', 'two'].map((name) => rig.start(name, OWN_ADDRESS)));
    for (const [index, { port }] of adapters.entries()) {
      await endpoints.add({ name: `adapter-${index}`, port });
    }
    await register(rig.controlPlane, { ca: ca.cert });
    await untilAvailable(rig.controlPlane);
  });
  afterAll(() => house.disposeAsync());

  const servesNew = (count: number) =>
    Promise.all(
      adapters.map(async (one) => {
        const isIt = ({ msg }: { readonly [member: string]: unknown }) =>
          msg === 'new certificates are served';
        await expectSoon(
          'both adapters serve the new certificate',
          async () => (await one.lines()).filter(isIt).length,
          (seen) => seen >= count,
          { withinMs: 30_000 },
        );
      }),
    );

  test('our authority and the serving certificate are replaced: no request fails', async () => {
    const load = await steadyLoad(rig.controlPlane, LOAD);
    await delay(1000);
    let ahead = 0;
    const now = () => epochMs(Date.now() + ahead);
    const names = [SERVED_NAME, 'localhost', '127.0.0.1'];
    const kept = await keepCertificates(rig.keeper, names, now, silentLog);
    const bundles = [kept.current().caBundle];
    await register(rig.controlPlane, { ca: kept.current().caBundle });
    await servesNew(1);
    ahead = seconds(61);
    expect(await kept.round()).toBe(true);
    await servesNew(2);
    bundles.push(kept.current().caBundle);
    ahead += minutes(10);
    expect(await kept.round()).toBe(true);
    await register(rig.controlPlane, { ca: kept.current().caBundle });
    bundles.push(kept.current().caBundle);
    await delay(3000);
    await load.stop();
    print(`${load.sent()} requests in ${(load.sinceMs() / 1000).toFixed(1)} s`);
    expect(bundles.map((bundle) => bundle.match(/BEGIN/g)?.length)).toEqual([2, 2, 1]);
    expect(load.failures).toEqual([]);
    await untilAvailable(rig.controlPlane);
  });

  test('the authority of the front proxy and its certificate are replaced: no request fails', async () => {
    const { admin, frontProxy, folder } = rig.controlPlane;
    const next = await createAuthority(folder, 'front-proxy-ca-next');
    const client = await next.identify('front-proxy-client');
    const published = async (text: string): Promise<boolean> =>
      ((await admin.get<Config>(AUTH_CONFIG)).data['requestheader-client-ca-file'] ?? '').includes(
        text.trim(),
      );
    const load = await steadyLoad(rig.controlPlane, LOAD);
    await delay(1000);

    await put(frontProxy.caFile, `${frontProxy.ca}\n${next.ca}`);
    await expectSoon(
      'the API server publishes both authorities',
      () => published(next.ca),
      (isIt) => isIt,
      { withinMs: 90_000 },
    );
    await delay(2000);
    // Key and certificate are one pair: what does not fit is not taken.
    await put(frontProxy.keyFile, client.key);
    await put(frontProxy.certFile, client.cert);
    await expectSoon(
      'the API server shows its new certificate',
      () => readFile(rig.controlPlane.logOf('kube-apiserver'), 'utf8'),
      (text) => /aggregator-proxy-cert/.test(text),
      { withinMs: 20_000 },
    );
    await delay(3000);
    await put(frontProxy.caFile, next.ca);
    await delay(2000);
    // It never takes an authority away by itself: an administrator does.
    await admin.patch(AUTH_CONFIG, { data: { 'requestheader-client-ca-file': next.ca } });
    await delay(3000);
    await load.stop();
    print(`${load.sent()} requests in ${(load.sinceMs() / 1000).toFixed(1)} s`);
    expect(await published(frontProxy.ca)).toBe(false);
    expect(load.failures).toEqual([]);
    await untilAvailable(rig.controlPlane);
  });
});

async function put(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
