import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/free-port.ts';
import { writeUsage } from '../control-plane/trace-player.ts';
import { ask, type Answer } from './ask.ts';
import { aDeployment, aLoopbackService, aNamespace, paths } from './objects.ts';
import { startOurProcess, type OurProcess } from './our-process.ts';
import { averaged, traceOf, TRACE_NAMES, type TraceName } from './traces.ts';

/** What a pod asks for, and what it so carries at the configured utilisation of 0.75. */
export const REQUESTS = { cpu: '500m', memory: '256Mi' };
export const CARRIES_CORES = 0.375;

export const STEP_MS = 900_000;
export const HISTORY_DAYS = 21;
const STEPS_A_DAY = 96;
/** An hour ahead: the steps that the lead time of this scenario meets. */
const LEAD_STEPS = 4;
const MEMORY_BYTES = 300 * 2 ** 20;
const PEAK_CORES: Readonly<Record<TraceName, number>> = { cart: 6, checkout: 4, search: 3 };
const OUR_NAMESPACE = 'self-scaling';
const PLAY_EVERY_MS = 1000;

/** One component: 21 days that have been, and what its pods use now. */
export type Component = {
  readonly name: TraceName;
  readonly history: readonly (number | undefined)[];
  /** Cores over all pods; what the player writes. Changed by a test that lets the load rise. */
  cores: number;
};

/** The trace laid so that now is the moment before its steepest hour, with 21 days behind it. */
export function componentOf(name: TraceName): Component {
  const { values } = averaged(traceOf(name, PEAK_CORES[name]), STEP_MS);
  const length = HISTORY_DAYS * STEPS_A_DAY;
  const rise = (at: number): number => {
    const now = values[at];
    const ahead = values.slice(at + 1, at + 1 + LEAD_STEPS);
    if (now === undefined || ahead.some((value) => value === undefined)) return 0;
    return Math.max(...ahead.map((value) => value ?? 0)) - now;
  };
  // A rise that also came the day before is one that can be foreseen.
  const foreseen = (at: number): number => Math.min(rise(at), rise(at - STEPS_A_DAY));
  const moments = Array.from(
    { length: values.length - LEAD_STEPS - length },
    (_, index) => index + length,
  );
  const at = moments.reduce((best, one) => (foreseen(one) > foreseen(best) ? one : best));
  return { name, history: values.slice(at - length, at), cores: values[at] ?? 0 };
}

/** The history as `import` reads it, ending with the bucket that closed last. */
export function historyCsv(components: readonly Component[], now: number): string {
  const end = Math.floor(now / STEP_MS) * STEP_MS;
  const rows = components.flatMap(({ name, history }) =>
    history.flatMap((cores, index) =>
      cores === undefined
        ? []
        : [`${(end - (history.length - index) * STEP_MS) / 1000},${name},${cores},${MEMORY_BYTES}`],
    ),
  );
  return ['timestamp,component,cpu_cores,memory_bytes', ...rows, ''].join('\n');
}

export type Shop = AsyncDisposable & {
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly components: readonly Component[];
  readonly ports: { readonly metrics: number; readonly rest: number };
  /** Starts a role (or `all`) with the configuration of this shop; `more` is merged section by section. */
  start(role: string, more?: Settings): Promise<OurProcess>;
  /** Runs a command to its end; rejects unless it exits 0. */
  run(role: string, args: readonly string[], more?: Settings): Promise<string>;
  rest(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The metrics API through the real API server, as its administrator. */
  metric(component: string, metric?: string): Promise<Answer>;
};

export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A control plane with three components of a shop whose usage is played on their pods. */
export async function openShop(settings: Settings): Promise<Shop> {
  const house = new AsyncDisposableStack();
  try {
    return await furnish(house, settings);
  } catch (error) {
    await house.disposeAsync();
    throw error;
  }
}

async function furnish(house: AsyncDisposableStack, settings: Settings): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-shop-'));
  house.defer(() => rm(folder, { recursive: true, force: true }));
  const controlPlane = house.use(
    await startControlPlane({
      kwok: true,
      metricsServer: true,
      // Pods are a few seconds old here; by default their CPU is set aside for five minutes.
      controllerManagerFlags: ['--horizontal-pod-autoscaler-cpu-initialization-period=10s'],
    }),
  );
  const components = TRACE_NAMES.map(componentOf);
  const ports = { metrics: await freePort(), rest: await freePort() };
  await fill(controlPlane, components);
  house.use(playing(controlPlane, components));
  const config = configOf(controlPlane, folder, ports, settings);
  let started = 0;
  const start = async (role: string, more: Settings = {}): Promise<OurProcess> => {
    started += 1;
    const wish = { role, folder, name: `${role}-${started}`, config: merged(config, more) };
    return house.use(await startOurProcess(wish));
  };
  return {
    folder,
    controlPlane,
    components,
    ports,
    start,
    async run(role, args, more = {}) {
      started += 1;
      const name = `${role}-${started}`;
      await mkdir(folder, { recursive: true });
      const wish = { role, folder, name, args, config: merged(config, more) };
      await using ours = await startOurProcess(wish);
      await ours.ended(60_000);
      const text = (await ours.lines()).map((line) => line.text).join('\n');
      const code = await ours.stop();
      if (code !== 0) throw new Error(`${role} ended with ${code}: ${text}`);
      return text;
    },
    rest: (method, path, body) => ask(`http://127.0.0.1:${ports.rest}${path}`, { method, body }),
    metric: (component, metric = 'predicted-cpu') =>
      controlPlane.admin.raw('GET', metricPath(component, metric)),
    [Symbol.asyncDispose]: () => house.disposeAsync(),
  };
}

export const metricPath = (component: string, metric = 'predicted-cpu'): string =>
  `/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/${metric}?labelSelector=component%3D${component}`;

async function fill({ admin }: ControlPlane, components: readonly Component[]): Promise<void> {
  await admin.create(paths.namespaces, aNamespace('shop'));
  await admin.create(paths.namespaces, aNamespace(OUR_NAMESPACE));
  await admin.create(
    paths.services(OUR_NAMESPACE),
    aLoopbackService(OUR_NAMESPACE, 'self-scaling-adapter'),
  );
  for (const { name, cores } of components) {
    const replicas = Math.max(2, Math.ceil(cores / CARRIES_CORES));
    const wish = { namespace: 'shop', name, replicas, requests: REQUESTS };
    await admin.create(paths.deployments('shop'), aDeployment(wish));
  }
}

/** Writes each second what every component uses now on the pods that are ready now. */
function playing({ admin }: ControlPlane, components: readonly Component[]): AsyncDisposable {
  const stop = new AbortController();
  const play = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const { name, cores } of components) {
        const place = { namespace: 'shop', component: name };
        // The API server may be away for a test; the next second will do.
        await writeUsage(admin, place, { cpu: cores, memory: MEMORY_BYTES }).catch(() => 0);
      }
      await delay(PLAY_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const played = play();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await played;
    },
  };
}

const configOf = (
  { kubeconfig }: ControlPlane,
  folder: string,
  ports: Shop['ports'],
  settings: Settings,
): Settings =>
  merged(
    {
      kube: { kubeconfig },
      forecast: { leadTime: '60m' },
      // Without a wait a scale-down would come with the next sync: so nothing but our rule can prevent it.
      scaling: { maxReplicas: 40, scaleDownStabilization: '0s' },
      store: { path: join(folder, 'store.sqlite'), spillDirectory: join(folder, 'spill') },
      adapter: {
        host: '127.0.0.1',
        port: ports.metrics,
        servicePort: ports.metrics,
        certificateDirectory: join(folder, 'certificates'),
      },
      controller: {
        host: '127.0.0.1',
        port: ports.rest,
        readsPerMinute: 0,
        writesPerMinute: 0,
        runsPerMinute: 0,
      },
      ops: { host: '127.0.0.1', port: 0 },
    },
    settings,
  );

const merged = (base: Settings, more: Settings): Settings =>
  Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(more)])].map((section) => [
      section,
      { ...base[section], ...more[section] },
    ]),
  );

/** Writes the history of all components where `import` finds it. */
export async function writeHistory(shop: Shop): Promise<string> {
  const file = join(shop.folder, 'history.csv');
  await writeFile(file, historyCsv(shop.components, Date.now()));
  return file;
}
