import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import {
  endpointsOf,
  openAdapters,
  OWN_ADDRESS,
  register,
  untilAvailable,
  type Adapter,
  type Adapters,
} from './adapters.ts';
import { ask } from './ask.ts';
import { expectSoon } from './expect-soon.ts';
import { activeHpas, createHpas, hpaAudit, hpaWarnings } from './hpa-syncs.ts';
import { aNamespace, conditionOf, paths } from './objects.ts';
import { steadyLoad } from './steady-load.ts';

const missing =
  OWN_ADDRESS === '' ? 'needs an address besides loopback' : whyMissing(CONTROL_PLANE);
const HPAS = 20;
const LOAD = { perSecond: 100, components: HPAS };
/** A kubelet looks for ended containers each second. */
const NOTICED_AFTER_MS = 1000;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);

describe.skipIf(missing !== undefined)(`replicas of the adapter ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let rig: Adapters;
  let audit: Awaited<ReturnType<typeof hpaAudit>>;
  let endpoints: ReturnType<typeof endpointsOf>;
  let one: Adapter;
  let two: Adapter;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'self-scaling-replicas-'));
    house.defer(() => rm(folder, { recursive: true, force: true }));
    audit = await hpaAudit(folder);
    rig = await openAdapters(house, HPAS, {
      apiServerFlags: ['--enable-aggregator-routing=true', ...audit.flags],
    });
    const ca = await rig.certify();
    endpoints = endpointsOf(rig.controlPlane, OWN_ADDRESS);
    await endpoints.createService();
    [one, two] = await Promise.all([joined('one'), joined('two')]);
    await register(rig.controlPlane, { ca: ca.cert });
    await untilAvailable(rig.controlPlane);
    await createHpas(rig.controlPlane.admin, HPAS);
    await expectSoon(
      'every HPA is served',
      () => activeHpas(rig.controlPlane.admin),
      (count) => count === HPAS,
      { withinMs: 60_000 },
    );
  });
  afterAll(() => house.disposeAsync());

  /** A pod that is ready: its endpoint is told. */
  async function joined(name: string): Promise<Adapter> {
    const adapter = await rig.start(name, OWN_ADDRESS);
    await endpoints.add({ name, port: adapter.port });
    return adapter;
  }

  const failedSyncs = async (since: number) =>
    (await audit.syncs()).filter(({ atMs, code }) => atMs >= since && code !== 200).length;

  const answeredBy = async ({ opsPort }: Adapter): Promise<number> => {
    const { text } = await ask(`http://127.0.0.1:${opsPort}/metrics`);
    const count = /external_metrics_requests_total\{[^}]*code="200"[^}]*\} (?<count>\d+)/.exec(
      text,
    );
    return Number(count?.groups?.['count'] ?? 0);
  };

  test('one is told to end, as in a rollout: no request and no sync fails', async () => {
    const begun = Date.now();
    const load = await steadyLoad(rig.controlPlane, LOAD);
    await delay(2000);
    expect(await answeredBy(one)).toBeGreaterThan(20);
    expect(await answeredBy(two)).toBeGreaterThan(20);
    // Both at the same moment, as Kubernetes does it.
    const [code] = await Promise.all([one.stop('SIGTERM'), endpoints.remove('one')]);
    await delay(6000);
    await load.stop();
    print(`${load.sent()} requests, ${load.failures.length} failed`);
    expect(code).toBe(0);
    expect(load.failures).toEqual([]);
    expect((await audit.syncs()).length).toBeGreaterThan(HPAS);
    expect(await failedSyncs(begun)).toBe(0);
    one = await joined('one-again');
  });

  test('one is killed: what fails is what met it before its endpoint was gone; HPAs go on', async () => {
    const begun = Date.now();
    const load = await steadyLoad(rig.controlPlane, LOAD);
    await delay(2000);
    const killedAt = load.sinceMs();
    await two.stop('SIGKILL');
    await delay(NOTICED_AFTER_MS);
    await endpoints.remove('two');
    const goneAt = load.sinceMs();
    await delay(8000);
    await load.stop();
    const late = load.failures.filter(({ atMs }) => atMs < killedAt || atMs > goneAt + 1000);
    const during = load.failures.length - late.length;
    print(
      `${load.sent()} requests, ${during} failed in the ${Math.round(goneAt - killedAt)} ms before its endpoint was gone, ${late.length} beside that; ${await failedSyncs(begun)} HPA syncs failed`,
    );
    expect(late).toEqual([]);
    expect(await activeHpas(rig.controlPlane.admin)).toBe(HPAS);
    print((await hpaWarnings(rig.controlPlane.admin)).join('; '));
  });

  test('namespaces can be deleted while we are up, hang while we are down, and are freed on return', async () => {
    const { admin } = rig.controlPlane;
    const remove = async (name: string): Promise<void> => {
      await admin.create(paths.namespaces, aNamespace(name));
      await admin.remove(`${paths.namespaces}/${name}`);
    };
    const untilGone = (name: string) =>
      expectSoon(
        `the namespace ${name} is gone`,
        () => admin.find(`${paths.namespaces}/${name}`),
        (found) => found === undefined,
        // The controller asks ever more seldom about one that hangs.
        { withinMs: 100_000 },
      );
    await remove('while-up');
    await untilGone('while-up');

    await one.stop('SIGKILL');
    await untilAvailable(rig.controlPlane, 'False');
    await remove('while-down');
    await expectSoon(
      'the namespace hangs, and says why',
      () => admin.find(`${paths.namespaces}/while-down`),
      (found) => conditionOf(found, 'NamespaceDeletionDiscoveryFailure')?.status === 'True',
      { withinMs: 30_000 },
    );
    await joined('back');
    await untilAvailable(rig.controlPlane);
    await untilGone('while-down');

    // Uninstalled: the APIService first, then the rest.
    await admin.remove(`${paths.apiServices}/v1beta1.external.metrics.k8s.io`);
    await endpoints.remove('back');
    await remove('after-uninstall');
    await untilGone('after-uninstall');
    expect(await admin.find(`${paths.namespaces}/after-uninstall`)).toBeUndefined();
  });
});
