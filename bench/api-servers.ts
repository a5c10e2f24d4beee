import { execFile, fork, type ChildProcess } from 'node:child_process';
import { copyFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fillStore, HPA_CONTROLLER, openAdapters, pathOf } from '../test/e2e/adapters.ts';
import { startGoReference } from '../test/go-reference/start.ts';
import { askAt, type At } from '../test/metrics-api/fixture.ts';
import type { BareWish } from './bare-server.ts';
import type { Load, Measured } from './request-load.ts';

/** A server in a process of its own, on the core of the servers. */
export type Server = { readonly name: string; readonly pid: number; readonly at: At };
export type Sample = Measured & {
  readonly perSecond: number;
  /** CPU time of the server. */
  readonly microseconds: number;
};

const SERVERS_ON = '0';
const CLIENT_ON = '1';
const CONNECTIONS = 64;
const TICK_MICROSECONDS = 10_000;
const NAMES = ['api.example', 'self-scaling-adapter.self-scaling.svc'];
/** Ours and the bare server alike: a smaller memory for a few per cent of speed. */
const SMALL_NURSERY = '--max-semi-space-size=4';
const run = promisify(execFile);

const message = <T>(child: ChildProcess, words: object): Promise<T> => {
  const { promise, resolve } = Promise.withResolvers<T>();
  child.once('message', (said: T) => resolve(said));
  child.send(words);
  return promise;
};

const onCore = async (core: string, pid: number): Promise<void> =>
  void (await run('taskset', ['-acp', core, String(pid)]));

/** Our adapter once for each number of components, a bare server with the same body, and Go's. */
export async function openServers(house: AsyncDisposableStack, sizes: readonly number[]) {
  const rig = await openAdapters(house, sizes[0] ?? 1);
  await rig.certify();
  const [ca, pair] = [await rig.keeper.read('ca'), await rig.keeper.read('adapter')];
  if (ca === undefined || pair === undefined) throw new Error('both were written');
  const at = (port: number): At => ({ port, ca: ca.cert, servername: NAMES[1] ?? '' });
  const main = await built(join(rig.folder, 'built'));
  const ours: (Server & { readonly size: number })[] = [];
  for (const size of sizes) {
    const store = join(rig.folder, `store-${size}.sqlite`);
    await fillStore(store, size);
    const adapter = await rig.start(`adapter-${size}`, '127.0.0.1', {
      store,
      main,
      env: { NODE_OPTIONS: SMALL_NURSERY },
    });
    ours.push({ name: 'ours', size, pid: adapter.pid, at: at(adapter.port) });
  }
  const { frontProxy, kubeconfig } = rig.controlPlane;
  const ask = async (server: At, path: string, user: object): Promise<string> => {
    const as = { cert: frontProxy.cert, key: frontProxy.key };
    const { status, body } = await askAt(server, path, { as, headers: { ...user } });
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${body}`);
    return body;
  };
  const first = ours[0]?.at ?? at(0);
  const body = await ask(first, pathOf(0), { 'x-remote-user': HPA_CONTROLLER });
  const value = firstItem(JSON.parse(body));
  const go = house.use(
    await startGoReference({
      kubeconfig,
      serving: pair,
      known: {
        'predicted-cpu': { 'part-0': [{ namespace: 'shop', labels: value.metricLabels, value }] },
      },
      env: { GOMAXPROCS: '1' },
    }),
  );
  const bare = fork(new URL('bare-server.ts', import.meta.url), {
    stdio: 'inherit',
    execArgv: [SMALL_NURSERY],
  });
  house.defer(() => bare.disconnect());
  const wish: BareWish = { ...pair, body };
  const servers = {
    ours,
    bare: { name: 'bare', pid: bare.pid ?? 0, at: at(await message<number>(bare, wish)) },
    go: { name: 'Go', pid: go.pid, at: at(go.port) },
  };
  for (const { pid } of [...ours, servers.bare, servers.go]) await onCore(SERVERS_ON, pid);
  return {
    ...servers,
    client: await openClient(house, frontProxy),
    /** Of the path where Prometheus asks, as an administrator. */
    metricsOf: (server: Server) =>
      ask(server.at, '/metrics', { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' }),
  };
}

function firstItem({ items }: { readonly items: readonly Item[] }): Item {
  const [item] = items;
  if (item === undefined) throw new Error('it serves one value');
  return item;
}

const root = join(import.meta.dirname, '..');
/** The program as it is shipped, in JavaScript: what strips types at the start would stay in memory. */
async function built(folder: string): Promise<string> {
  const project = ['-p', join(root, 'deploy/tsconfig.json')];
  await run(join(root, 'node_modules/.bin/tsc'), [...project, '--outDir', folder]);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'main.js');
}

type Item = { readonly metricLabels: object };

async function openClient(
  house: AsyncDisposableStack,
  { cert, key }: { readonly cert: string; readonly key: string },
) {
  const child = fork(new URL('request-load.ts', import.meta.url), { stdio: 'inherit' });
  house.defer(() => child.disconnect());
  await onCore(CLIENT_ON, child.pid ?? 0);
  return async (
    server: Server,
    wish: Pick<Load, 'requests' | 'perSecond'> & { readonly components: number },
  ): Promise<Sample> => {
    const { components: count, ...rest } = wish;
    const load = { ...server.at, ...rest, cert, key, connections: CONNECTIONS };
    const before = await cpuOf(server.pid);
    const measured = await message<Measured>(child, { ...load, asked: { ...ASKED, count } });
    const used = (await cpuOf(server.pid)) - before;
    const perSecond = wish.requests / measured.seconds;
    return { ...measured, perSecond, microseconds: used / wish.requests };
  };
}

const [BEFORE = '', AFTER = ''] = pathOf(0).split(/0$/);
/** As the API server sends what the HPA controller asks. */
const ASKED = {
  before: `GET ${BEFORE}`,
  after: [
    `${AFTER} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Accept: application/json',
    'Accept-Encoding: gzip',
    'Audit-Id: 5f2f8a4e-6c7e-4c0e-8a39-2d7f6b1e9c01',
    'User-Agent: kube-controller-manager/v1.36.3',
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: 10.96.0.1',
    'X-Forwarded-Proto: https',
    'X-Remote-Group: system:serviceaccounts',
    'X-Remote-Group: system:authenticated',
    `X-Remote-User: ${HPA_CONTROLLER}`,
    '\r\n',
  ].join('\r\n'),
};

/** User and system time of a process so far, in microseconds. */
async function cpuOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

const KIB_A_MIB = 1024;
/** Resident memory of a process, in MiB. */
export async function rssOf({ pid }: Server): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? NaN) / KIB_A_MIB;
}
