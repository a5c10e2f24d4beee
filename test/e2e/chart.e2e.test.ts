import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/free-port.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { aUser, tokenOf, writeTokenKubeconfig } from './accounts.ts';
import { ask } from './ask.ts';
import { auditOf, rightsIn, type Rule } from './audited-rights.ts';
import { expectSoon } from './expect-soon.ts';
import { dryRun, openHelm, parseRendered, pathOf, type Rendered } from './helm.ts';
import {
  aDeployment,
  aNamespace,
  conditionOf,
  openCluster,
  paths,
  type KubeObject,
} from './objects.ts';
import { startOurProcess, type OurProcess } from './our-process.ts';

const missing = whyMissing([...CONTROL_PLANE, 'helm']);
const NAMESPACE = 'self-scaling';
const ACCOUNT = 'self-scaling';
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const OUR_ROLE = 'ClusterRole self-scaling';
const KINDS = ['ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'Deployment'].concat(
  'PersistentVolumeClaim',
  'RoleBinding',
  'Service',
  'ServiceAccount',
);
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Pod = KubeObject & { readonly spec: { readonly serviceAccountName: string } };
type Service = { readonly spec: { readonly clusterIP: string } };
type Role = Rendered & { readonly rules: readonly Rule[] };

describe.skipIf(missing !== undefined)(`the chart on a real cluster ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let folder: string;
  let audit: Awaited<ReturnType<typeof auditOf>>;
  let controlPlane: ControlPlane;
  let helm: ReturnType<typeof openHelm>;
  let rendered: readonly Rendered[];
  let ours: OurProcess;
  let adapterPort: number;
  let restUrl: string;
  let tokens: { readonly editor: string; readonly viewer: string; readonly nobody: string };

  beforeAll(async () => {
    const begun = performance.now();
    folder = await mkdtemp(join(tmpdir(), 'self-scaling-chart-'));
    house.defer(() => rm(folder, { recursive: true, force: true }));
    audit = await auditOf(`system:serviceaccount:${NAMESPACE}:${ACCOUNT}`, folder);
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
    adapterPort = await freePort();
    const { admin } = controlPlane;
    const labels = Object.fromEntries(
      ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
    );
    await admin.create(paths.namespaces, {
      ...aNamespace(NAMESPACE),
      metadata: { name: NAMESPACE, labels },
    });
    await admin.create(paths.namespaces, aNamespace('shop'));
    print(`control plane: ${seconds(begun)}`);
  });
  afterAll(() => house.disposeAsync());

  /** There is no scheduler; bound, the pod is played by kwok, and the Services have an endpoint. */
  async function bindPod(): Promise<void> {
    const [pod] = await expectSoon(
      'the Deployment has a pod',
      () => controlPlane.admin.list<Pod>(paths.pods(NAMESPACE)),
      (pods) => pods.length === 1,
      { withinMs: 20_000 },
    );
    expect(pod!.spec.serviceAccountName).toBe(ACCOUNT);
    await controlPlane.admin.create(`${paths.pods(NAMESPACE)}/${pod!.metadata.name}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod!.metadata.name },
      target: { apiVersion: 'v1', kind: 'Node', name: 'fake' },
    });
  }

  /** The program outside the cluster, as the pod's account and with the pod's settings; places are replaced. */
  async function startAsPod(): Promise<OurProcess> {
    const { admin } = controlPlane;
    type ConfigMap = { readonly data: { readonly 'config.yaml': string } };
    const map = await admin.get<ConfigMap>(
      `/api/v1/namespaces/${NAMESPACE}/configmaps/self-scaling-config`,
    );
    const settings = parse(map.data['config.yaml']) as Settings;
    const service = await admin.get<Service>(`${paths.services(NAMESPACE)}/self-scaling-adapter`);
    const kubeconfig = await writeTokenKubeconfig(
      join(folder, 'account.kubeconfig'),
      controlPlane,
      await tokenOf(admin, NAMESPACE, ACCOUNT),
    );
    const port = await freePort();
    restUrl = `https://localhost:${port}`;
    const config = {
      ...settings,
      kube: { ...settings['kube'], kubeconfig },
      store: {
        ...settings['store'],
        path: join(folder, 'store.sqlite'),
        spillDirectory: join(folder, 'spill'),
      },
      adapter: {
        ...settings['adapter'],
        host: service.spec.clusterIP,
        port: adapterPort,
        certificateDirectory: join(folder, 'certificates'),
      },
      controller: { ...settings['controller'], port },
      ops: { host: '127.0.0.1', port: 0 },
    };
    return house.use(await startOurProcess({ role: 'all', folder, config }));
  }

  /** REST as a user who trusts the authority that the APIService names, as NOTES.txt says. */
  async function rest(token: string | undefined, method: string, path: string, body?: unknown) {
    type ApiService = { readonly spec: { readonly caBundle: string } };
    const { spec } = await controlPlane.admin.get<ApiService>(API_SERVICE);
    return await ask(`${restUrl}${path}`, {
      method,
      body,
      ca: Buffer.from(spec.caBundle, 'base64').toString(),
      as: token === undefined ? {} : { token },
    });
  }

  const manage = (managed: boolean) => ({
    components: [{ name: 'cart', namespace: 'shop', managed }],
  });

  test('lint finds nothing', async () => {
    expect(await helm.lint()).toContain('0 chart(s) failed');
  });

  test('two renders are equal, and each object is accepted where only restricted pods are', async () => {
    const text = await helm.template();
    expect(await helm.template()).toBe(text);
    rendered = parseRendered(text);
    expect(new Set(rendered.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    for (const object of rendered) {
      const { status, headers, text: said } = await dryRun(controlPlane.admin, object);
      const { kind } = object;
      expect({ kind, said, status, warning: headers['warning'] }).toMatchObject({
        kind,
        status: 201,
        warning: undefined,
      });
    }
  });

  test('settings go into the configuration file, except those that the chart needs', async () => {
    const more = ['forecast.leadTime=20m', 'kube.resources={argoproj.io/v1alpha1/rollouts}'];
    const set = more.flatMap((one) => ['--set', `config.${one}`]);
    const objects = parseRendered(await helm.template(...set, '--set', 'persistence.keep=true'));
    const found = (kind: string): unknown => objects.find((object) => object.kind === kind);
    expect(found('ConfigMap')).toMatchObject({
      data: { 'config.yaml': expect.stringContaining('leadTime: 20m') as string },
    });
    expect(found('PersistentVolumeClaim')).toMatchObject({
      metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } },
    });
    const role = objects.find(({ kind, metadata: { name } }) => `${kind} ${name}` === OUR_ROLE);
    expect((role as Role).rules).toContainEqual({
      apiGroups: ['argoproj.io'],
      resources: ['rollouts'],
      verbs: ['list', 'watch'],
    });
    await expect(helm.template('--set', 'config.adapter.port=1')).rejects.toThrow(
      'config.adapter.port: is set by the chart (6443); remove it',
    );
    await expect(helm.template('--set', 'persistence.sise=1Gi')).rejects.toThrow('sise');
  });

  test('installed, the program works with the rights of its account', async () => {
    const begun = performance.now();
    const { admin } = controlPlane;
    const requests = { cpu: '500m', memory: '256Mi' };
    const wish = { namespace: 'shop', name: 'cart', replicas: 2, requests };
    await admin.create(paths.deployments('shop'), aDeployment(wish));
    const notes = await helm.install('--set', `service.adapterPort=${adapterPort}`);
    expect(notes).toContain('port-forward svc/self-scaling-controller 8443:443');
    await bindPod();
    tokens = {
      editor: await aUser(admin, 'shop', 'editor', 'self-scaling-editor'),
      viewer: await aUser(admin, 'shop', 'viewer', 'self-scaling-viewer'),
      nobody: await aUser(admin, 'shop', 'nobody'),
    };
    ours = await startAsPod();
    await ours.says('that it is registered', ({ msg }) => msg === 'the metrics API is registered');
    await expectSoon(
      'the API server reaches it through the Service',
      () => admin.get(API_SERVICE),
      (object) => conditionOf(object, 'Available')?.status === 'True',
      { withinMs: 40_000 },
    );
    print(`installed, registered and available: ${seconds(begun)}`);
    await expectSoon(
      'REST lists the Deployment',
      async () => (await rest(tokens.viewer, 'GET', '/v1/components')).text,
      (text) => text.includes('"name":"cart"'),
      { withinMs: 20_000 },
    );
    expect(await hpasWhen(manage(true))).toBe(1);
    expect(await hpasWhen(manage(false))).toBe(0);
  });

  /** How many there are once it is said what is managed, and acted upon. */
  async function hpasWhen(said: object): Promise<number> {
    const told = await rest(tokens.editor, 'POST', '/v1/components', said);
    const done = await rest(tokens.editor, 'GET', '/v1/inference');
    expect([told.status, done.status]).toEqual([200, 200]);
    return (await controlPlane.admin.list(paths.hpas('shop'))).length;
  }

  test('users have the rights of their roles', async () => {
    const { apiServerUrl, ca } = controlPlane;
    const { editor, viewer, nobody } = tokens;
    const status = async (token: string | undefined, method: string, path: string) =>
      (await rest(token, method, path, method === 'POST' ? manage(false) : undefined)).status;
    const metric = async (token: string): Promise<number> => {
      const path = `${EXTERNAL}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
      return (await openCluster(apiServerUrl, ca, { token }).raw('GET', path)).status;
    };
    expect({
      editor: [await status(editor, 'POST', '/v1/components')],
      viewer: [
        await status(viewer, 'GET', '/v1/components'),
        await status(viewer, 'POST', '/v1/components'),
        await status(viewer, 'GET', '/v1/train'),
      ],
      nobody: await status(nobody, 'GET', '/v1/train-values'),
      stranger: await status(undefined, 'GET', '/v1/components'),
      // There is no forecast yet; who may not ask does not learn even that.
      metric: [await metric(viewer), await metric(nobody)],
    }).toEqual({
      editor: [200],
      viewer: [200, 403, 403],
      nobody: 403,
      stranger: 401,
      metric: [404, 403],
    });
  });

  test('the account has every right that is asked for, and none that is not', async () => {
    const role = rendered.find(({ kind, metadata: { name } }) => `${kind} ${name}` === OUR_ROLE);
    const granted = rightsIn((role as Role).rules);
    const asked = await expectSoon(
      'every right has been used',
      () => audit.asked(),
      (seen) => granted.every((right) => seen.has(right)),
      { withinMs: 20_000 },
    );
    expect([...asked].filter((right) => !granted.includes(right)).toSorted()).toEqual([
      'create authentication.k8s.io/tokenreviews',
      'create authorization.k8s.io/subjectaccessreviews',
      'list /configmaps',
      'watch /configmaps',
    ]);
    expect(await audit.refused()).toEqual([]);
    expect(await readFile(ours.logFile, 'utf8')).not.toContain('FORBIDDEN');
    print(`${granted.length} rights granted, ${asked.size} used with those of the two bindings`);
  });

  test('uninstalled, nothing of the chart is left', async () => {
    await ours.stop('SIGKILL');
    await helm.uninstall();
    await expectSoon(
      'all objects are gone',
      async () => {
        const found = await Promise.all(
          rendered.map(async (object) => (await controlPlane.admin.find(pathOf(object))) && object),
        );
        const pods = await controlPlane.admin.list(paths.pods(NAMESPACE));
        return [...found.flatMap((object) => object?.kind ?? []), ...pods.map(() => 'Pod')];
      },
      (left) => left.length === 0,
      { withinMs: 20_000 },
    );
    expect(await controlPlane.admin.list(`/api/v1/namespaces/${NAMESPACE}/secrets`)).toEqual([]);
  });
});
