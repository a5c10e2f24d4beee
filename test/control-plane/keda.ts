import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ask } from '../e2e/ask.ts';
import { expectSoon } from '../e2e/expect-soon.ts';
import {
  aLoopbackService,
  anApiService,
  aNamespace,
  conditionOf,
  paths,
  type KubeObject,
} from '../e2e/objects.ts';
import type { ControlPlane } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { openNursery } from './nursery.ts';
import { createAuthority } from './pki.ts';
import { moduleFolder, programPath, toolPath, type ProgramName } from './programs.ts';

export const KEDA: readonly ProgramName[] = ['keda-operator', 'keda-adapter'];

const NAMESPACE = 'keda';
const SERVICE = 'keda-metrics';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const READY_WITHIN_MS = 60_000;

/** KEDA's operator and metrics adapter on a control plane, its custom resources and its APIService. */
export async function startKeda(controlPlane: ControlPlane): Promise<AsyncDisposable> {
  const { admin, folder, kubeconfig } = controlPlane;
  await Promise.all(
    (await customResources()).map((crd) => admin.apply(`${CRDS}/${crd.metadata.name}`, crd)),
  );
  await admin.create(paths.namespaces, aNamespace(NAMESPACE));
  const authority = await createAuthority(folder, 'keda-ca');
  const names = ['localhost', '127.0.0.1', `${SERVICE}.${NAMESPACE}.svc`];
  const pair = await authority.both('keda', names);
  const certificates = join(folder, 'keda');
  await mkdir(certificates);
  await writeFile(join(certificates, 'tls.crt'), pair.cert);
  await writeFile(join(certificates, 'tls.key'), pair.key);
  await writeFile(join(certificates, 'ca.crt'), authority.ca);

  const [metrics, health, grpc, adapterMetrics] = await freePorts(4);
  const secure = await freePort();
  const nursery = openNursery();
  const start = async (name: ProgramName, args: readonly string[], url: string) => {
    const program = nursery.start({
      name,
      file: programPath(name),
      args,
      env: {
        ...process.env,
        KEDA_CLUSTER_OBJECT_NAMESPACE: NAMESPACE,
        POD_NAMESPACE: NAMESPACE,
        WATCH_NAMESPACE: '',
        KUBECONFIG: kubeconfig,
      },
      cwd: folder,
      logFile: join(folder, `${name}.log`),
    });
    const isReady = async () => (await ask(url, { timeoutMs: 2000 })).status === 200;
    await program.ready(isReady, READY_WITHIN_MS);
  };
  try {
    await start(
      'keda-operator',
      [
        `--kubeconfig=${kubeconfig}`,
        '--leader-elect=false',
        `--metrics-bind-address=127.0.0.1:${metrics}`,
        `--health-probe-bind-address=127.0.0.1:${health}`,
        `--metrics-service-bind-address=127.0.0.1:${grpc}`,
        `--cert-dir=${certificates}`,
        `--ca-dir=${certificates}`,
        '--enable-cert-rotation=false',
      ],
      `http://127.0.0.1:${health}/readyz`,
    );
    await start(
      'keda-adapter',
      [
        `--secure-port=${secure}`,
        '--bind-address=127.0.0.1',
        `--tls-cert-file=${pair.certFile}`,
        `--tls-private-key-file=${pair.keyFile}`,
        `--cert-dir=${certificates}`,
        `--port=${adapterMetrics}`,
        `--metrics-service-address=localhost:${grpc}`,
        ...['lister', 'authentication', 'authorization'].map(
          (use) => `--${use}-kubeconfig=${kubeconfig}`,
        ),
      ],
      `https://127.0.0.1:${secure}/healthz`,
    );
    await admin.create(paths.services(NAMESPACE), aLoopbackService(NAMESPACE, SERVICE));
    const place = { namespace: NAMESPACE, service: SERVICE, port: secure, ca: authority.ca };
    const wanted = anApiService({ group: 'external.metrics.k8s.io', version: 'v1beta1', ...place });
    await admin.create(paths.apiServices, wanted);
    await expectSoon(
      'KEDA’s metrics API is available',
      () => admin.get(`${paths.apiServices}/${wanted.metadata.name}`),
      (found) => conditionOf(found, 'Available')?.status === 'True',
      { withinMs: READY_WITHIN_MS, everyMs: 100 },
    );
  } catch (error) {
    await nursery[Symbol.asyncDispose]();
    throw error;
  }
  return nursery;
}

/** From the module's own sources, as they were fetched to build it. */
async function customResources(): Promise<readonly KubeObject[]> {
  const args = ['list', '-m', '-f', '{{.Dir}}', 'github.com/kedacore/keda/v2'];
  const cwd = moduleFolder('keda');
  const { stdout } = spawnSync('go', args, { cwd, env: toolPath(process.env), encoding: 'utf8' });
  const files = globSync(join(stdout.trim(), 'config/crd/bases/*.yaml'));
  if (files.length === 0) throw new Error('KEDA’s sources are not there; go mod download');
  return await Promise.all(
    files.map(async (file) => parse(await readFile(file, 'utf8')) as KubeObject),
  );
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
