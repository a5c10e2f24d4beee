import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/free-port.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { startInfluxd, type Influxd } from '../influxd.ts';
import { aUser } from './accounts.ts';
import { auditOf } from './audited-rights.ts';
import { expectSoon } from './expect-soon.ts';
import { dryRun, isKnownHere, openHelm, parseRendered, type Rendered } from './helm.ts';
import { aDeployment, aNamespace, conditionOf, paths } from './objects.ts';
import type { OurProcess } from './our-process.ts';
import { playedPods } from './played-pods.ts';
import { leftOf, releaseParts, restPortOf } from './release-parts.ts';
import { BOUND, rightsOf } from './release-rights.ts';
import { manageCart, metricAs, restAs } from './release-users.ts';
import { componentOf, historyCsv } from './shop.ts';

const missing = whyMissing([...CONTROL_PLANE, 'helm', 'influxd']);
const GOLDEN = resolve(import.meta.dirname, '../../chart/golden');
const NAMESPACE = 'self-scaling';
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const STORE_SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/self-scaling-store`;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

type Secret = { readonly data?: Readonly<Record<string, string>> };

describe.skipIf(missing !== undefined)(`the chart on a real cluster ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let folder: string;
  let audit: Awaited<ReturnType<typeof auditOf>>;
  let controlPlane: ControlPlane;
  let influxd: Influxd;
  let helm: ReturnType<typeof openHelm>;
  let pods: ReturnType<typeof playedPods>;
  let rendered: readonly Rendered[];
  let release: ReturnType<typeof releaseParts>;
  let adapterPort: number;
  let restPort: number;
  let controllers: readonly OurProcess[] = [];
  let tokens: { readonly editor: string; readonly viewer: string; readonly nobody: string };

  beforeAll(async () => {
    const begun = performance.now();
    folder = await mkdtemp(join(tmpdir(), 'self-scaling-chart-'));
    house.defer(() => rm(folder, { recursive: true, force: true }));
    audit = await auditOf(NAMESPACE, folder);
    influxd = house.use(await startInfluxd());
    controlPlane = house.use(
      await startControlPlane({
        kwok: true,
        metricsServer: true,
        apiServerFlags: [
          ...audit.flags,
          // A ClusterIP is then an address on which a process of ours can listen.
          '--service-cluster-ip-range=127.96.0.0/16',
          // What it puts on a claim is taken off by a controller that does not run here.
          '--disable-admission-plugins=StorageObjectInUseProtection',
        ],
      }),
    );
    helm = openHelm(folder, controlPlane.kubeconfig);
    pods = playedPods(controlPlane, { namespace: NAMESPACE, folder });
    adapterPort = await freePort();
    restPort = await freePort();
    const scene = { house, controlPlane, influxd, pods, namespace: NAMESPACE, folder, adapterPort };
    release = releaseParts(scene);
    const { admin } = controlPlane;
    const labels = Object.fromEntries(
      ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
    );
    await admin.create(paths.namespaces, {
      ...aNamespace(NAMESPACE),
      metadata: { name: NAMESPACE, labels },
    });
    for (const name of ['shop', 'team-a', 'team-b']) {
      await admin.create(paths.namespaces, aNamespace(name));
    }
    print(`control plane and influxd: ${seconds(begun)}`);
  });
  afterAll(() => house.disposeAsync());

  test('every object of every golden is accepted where only restricted pods are', async () => {
    let count = 0;
    for (const file of globSync(join(GOLDEN, '*.yaml')).toSorted()) {
      for (const object of parseRendered(await readFile(file, 'utf8')).filter(isKnownHere)) {
        // A pod with host ports is what that value asks for, and is not "restricted".
        if (JSON.stringify(object).includes('"hostNetwork":true')) continue;
        const { status, headers, text: said } = await dryRun(controlPlane.admin, object);
        const what = `${basename(file)} ${object.kind} ${object.metadata.name}`;
        expect({ what, said, status, warning: headers['warning'] }).toMatchObject({
          status: 201,
          warning: undefined,
        });
        count += 1;
      }
    }
    print(`${count} objects`);
    expect(count).toBeGreaterThan(450);
  });

  test('installed, the roles wait for tokens and certificates, and then work', async () => {
    const begun = performance.now();
    const { admin } = controlPlane;
    const set = ['--set', `service.adapterPort=${adapterPort}`];
    rendered = parseRendered(await helm.template(...set));
    const notes = await helm.install(...set);
    expect(notes).toContain('helm test self-scaling -n self-scaling');
    const requests = { cpu: '500m', memory: '256Mi' };
    await admin.create(
      paths.deployments('shop'),
      aDeployment({ namespace: 'shop', name: 'cart', replicas: 2, requests }),
    );
    await pods.bind('adapter', 'self-scaling-adapter');
    const adapter = await release.adapter();
    await adapter.says('that it waits', ({ msg }) => String(msg).includes('waits'));
    await bootstrap();
    const trainer = await release.trainer();
    controllers = [
      await release.controller('one', restPort),
      await release.controller('two', await freePort()),
    ];
    await trainer.says('that it is ready', ({ msg }) => msg === 'ready to train');
    await adapter.says('that it serves', ({ msg }) => msg === 'the external metrics API is served');
    await expectSoon(
      'the API server reaches the adapter through its Service',
      () => admin.get(API_SERVICE),
      (object) => conditionOf(object, 'Available')?.status === 'True',
      { withinMs: 60_000 },
    );
    print(`installed, bootstrapped, registered and available: ${seconds(begun)}`);
  });

  /** The Job, twice: the second time it finds all of it. */
  async function bootstrap(): Promise<void> {
    const args = ['--secret', 'self-scaling-store', '--wait', '5m'];
    const run = () => release.run('bootstrap', args, 'self-scaling-bootstrap');
    const told = [await run(), await run()];
    expect(told.map((text) => text.match(/^made/gm)?.length ?? 0)).toEqual([12, 0]);
    const { data = {} } = await controlPlane.admin.get<Secret>(STORE_SECRET);
    expect(Object.keys(data).toSorted()).toEqual(
      ['adapter', 'admin', 'all', 'controller', 'grafana', 'trainer'].map((one) => `${one}-token`),
    );
  }

  const rest = (token: string | undefined, method: string, path: string, body?: unknown) =>
    restAs({ controlPlane, port: restPort, token }, method, path, body);
  const metric = (token: string): Promise<number> => metricAs(controlPlane, token);

  test('a forecast goes from the trainer to the HPA controller, and users have the rights of their roles', async () => {
    const { admin } = controlPlane;
    tokens = {
      editor: await aUser(admin, 'shop', 'editor', 'self-scaling-editor'),
      viewer: await aUser(admin, 'shop', 'viewer', 'self-scaling-viewer'),
      nobody: await aUser(admin, 'shop', 'nobody'),
    };
    const { editor, viewer, nobody } = tokens;
    const file = join(folder, 'history.csv');
    await writeFile(file, historyCsv([componentOf('cart')], Date.now()));
    const args = ['--input', file, '--namespace', 'shop'];
    await release.run('import', args, 'self-scaling-controller', 'controller');
    await expectSoon(
      'REST lists the Deployment',
      async () => (await rest(viewer, 'GET', '/v1/components')).text,
      (text) => text.includes('"name":"cart"'),
      { withinMs: 20_000 },
    );
    expect((await rest(editor, 'POST', '/v1/components', manageCart(true))).status).toBe(200);
    expect((await rest(editor, 'GET', '/v1/train')).text).toBe(
      '"Train module executed successfully"',
    );
    expect((await rest(editor, 'GET', '/v1/inference')).status).toBe(200);
    expect((await admin.list(paths.hpas('shop'))).length).toBe(1);
    await expectSoon(
      'the adapter serves the forecast',
      () => metric(viewer),
      (status) => status === 200,
      {
        withinMs: 90_000,
      },
    );
    const status = async (token: string | undefined, method: string, path: string) =>
      (await rest(token, method, path, method === 'POST' ? manageCart(true) : undefined)).status;
    expect({
      viewer: [
        await status(viewer, 'GET', '/v1/components'),
        await status(viewer, 'POST', '/v1/components'),
        await status(viewer, 'GET', '/v1/train'),
      ],
      nobody: [await status(nobody, 'GET', '/v1/train-values'), await metric(nobody)],
      stranger: await status(undefined, 'GET', '/v1/components'),
    }).toEqual({ viewer: [200, 403, 403], nobody: [403, 403], stranger: 401 });
  });

  test('upgraded and rolled back, tokens and certificates are as before', async () => {
    const secrets = async () =>
      await Promise.all(
        ['ca', 'tls', 'store'].map(async (name) => {
          const path = `/api/v1/namespaces/${NAMESPACE}/secrets/self-scaling-${name}`;
          return (await controlPlane.admin.get<Secret>(path)).data;
        }),
      );
    type ApiService = { readonly spec: { readonly caBundle?: string } };
    const bundle = async () =>
      (await controlPlane.admin.get<ApiService>(API_SERVICE)).spec.caBundle;
    const before = [await secrets(), await bundle()];
    await helm.upgrade(
      '--set',
      `service.adapterPort=${adapterPort}`,
      '--set',
      'adapter.replicas=3',
    );
    await helm.rollback(1);
    expect([await secrets(), await bundle()]).toEqual(before);
    expect(await metric(tokens.viewer)).toBe(200);
  });

  test('when the leader is killed the other one leads', async () => {
    const leads = ({ msg }: { readonly [member: string]: unknown }) => msg === 'this process leads';
    const lines = await Promise.all(controllers.map((one) => one.lines()));
    const leader = lines.findIndex((said) => said.some(leads));
    const [killed, other] = [controllers[leader]!, controllers[1 - leader]!];
    const begun = performance.now();
    await killed.stop('SIGKILL');
    await other.says('that it leads', leads, 40_000);
    print(`the other leads after ${seconds(begun)}`);
    if (leader === 0) restPort = await restPortOf(other);
    expect((await rest(tokens.editor, 'POST', '/v1/components', manageCart(false))).status).toBe(
      200,
    );
    expect((await rest(tokens.editor, 'GET', '/v1/inference')).status).toBe(200);
    expect(await controlPlane.admin.list(paths.hpas('shop'))).toEqual([]);
  });

  test('helm test asks what an operator would', async () => {
    const told = helm.test();
    const { admin } = controlPlane;
    await expectSoon(
      'the pod of the test is there',
      () => admin.find(`${paths.pods(NAMESPACE)}/self-scaling-test`),
      (pod) => pod !== undefined,
      { withinMs: 20_000 },
    );
    const args = ['--only', 'config,store,api', '--output', 'json'];
    const findings = await release.run('doctor', args, 'self-scaling-test', 'adapter');
    await pods.complete('self-scaling-test');
    expect(JSON.parse(findings)).toMatchObject([
      { check: 'config', outcome: 'pass' },
      { check: 'store', outcome: 'pass' },
      { check: 'api', outcome: 'pass', seen: expect.stringContaining('ours and available') },
    ]);
    expect(await told).toMatch(/Phase:\s+Succeeded/);
  });

  test('each account has every right that it asks for, and none that it does not', async () => {
    for (const account of Object.keys(BOUND).filter((one) => one !== 'hand-back')) {
      const { granted, beyond } = await rightsOf(account, rendered, audit);
      expect([account, beyond]).toEqual([account, BOUND[account]]);
      print(`${account}: ${granted.length} rights granted by the chart, all of them used`);
    }
    expect(await audit.refused()).toEqual([]);
  });

  test('uninstalled, HPAs are handed back first, tokens are kept, and nothing else is left', async () => {
    const { admin } = controlPlane;
    expect((await rest(tokens.editor, 'POST', '/v1/components', manageCart(true))).status).toBe(
      200,
    );
    expect((await rest(tokens.editor, 'GET', '/v1/inference')).status).toBe(200);
    const uninstalled = helm.uninstall();
    const jobPods = `${paths.pods(NAMESPACE)}?labelSelector=app.kubernetes.io%2Fcomponent%3Dhand-back`;
    await expectSoon(
      'the hook runs',
      () => admin.list(jobPods),
      (found) => found.length > 0,
      {
        withinMs: 20_000,
      },
    );
    const said = await release.run('bootstrap', ['--hand-back'], 'self-scaling-hand-back');
    expect(said).toContain('kept shop/cart');
    await pods.bind('hand-back', 'self-scaling-hand-back');
    await uninstalled;
    expect((await rightsOf('hand-back', rendered, audit)).beyond).toEqual([]);
    for (const one of controllers) await one.stop('SIGKILL');
    type Hpa = { readonly spec: { readonly metrics: readonly { readonly type: string }[] } };
    const [hpa] = await admin.list<Hpa>(paths.hpas('shop'));
    expect(hpa?.spec.metrics.map(({ type }) => type)).not.toContain('External');
    expect(hpa?.spec.metrics.length).toBeGreaterThan(0);
    const left = await leftOf(rendered, controlPlane.admin, NAMESPACE);
    expect(left).toEqual(['Secret self-scaling-store']);
    await controlPlane.admin.remove(`${paths.namespaces}/shop`);
    await expectSoon(
      'a namespace can be deleted',
      () => controlPlane.admin.find(`${paths.namespaces}/shop`),
      (found) => found === undefined,
      { withinMs: 40_000 },
    );
  });
});
