import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { expectSoon } from '../e2e/expect-soon.ts';
import { aDeployment, aLoopbackService, aNamespace, paths, type Cluster } from '../e2e/objects.ts';
import { TRACE_NAMES, traceOf, valueAt, type TraceName } from '../e2e/traces.ts';
import { buildPrograms } from './build.ts';
import { startControlPlane } from './control-plane.ts';
import { CONTROL_PLANE, PROGRAMS } from './programs.ts';
import { playTracks, type Track } from './trace-player.ts';

const HELP = `npm run control-plane [-- OPTIONS]

Starts etcd, kube-apiserver, kube-controller-manager, kwok (which plays the kubelet) and
metrics-server on loopback, with three Deployments in the namespace "shop" whose usage follows
traces. Prints the line to set KUBECONFIG on stdout, everything else on stderr. Ctrl-C ends it.

  --build      only build the programs, influxd included, and end
  --speed N    play the traces N times as fast as they were (default 1)
  --help       this text

What is not built yet is built first (minutes, once; it needs Go >= 1.26, and for influxd cargo,
pkg-config and a C compiler). The programs are kept in $XDG_CACHE_HOME/self-scaling, or ~/.cache.
`;

const NAMESPACE = 'shop';
const OURS = 'self-scaling';
const REPLICAS = 3;
/** Cores that all the pods of a component use together at the trace's peak. */
const PEAK: Readonly<Record<TraceName, number>> = { cart: 4, checkout: 2, search: 3 };
const BYTES_A_CORE = 2 ** 29;
const BYTES_IDLE = 2 ** 28;
const BEAT_MS = 10_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      build: { type: 'boolean', default: false },
      speed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const speed = Number(values.speed);
  if (!(speed > 0)) throw new Error(`--speed must be a positive number, not "${values.speed}"`);
  await buildPrograms(values.build ? PROGRAMS.map(({ name }) => name) : CONTROL_PLANE, say);
  if (!values.build) await run(speed);
}

async function run(speed: number): Promise<void> {
  await using controlPlane = await startControlPlane({
    kwok: true,
    metricsServer: true,
    report: say,
  });
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopped.abort());
  }
  await createShop(controlPlane.admin);
  await leadToUs(controlPlane.admin);
  process.stdout.write(`export KUBECONFIG=${controlPlane.kubeconfig}\n`);
  say(`The usage of ${TRACE_NAMES.join(', ')} in "${NAMESPACE}" follows traces. Ctrl-C ends it.`);
  say('In another shell, with that line: node main.ts all --set adapter.servicePort=0');
  await play(controlPlane.admin, speed, stopped.signal);
  say('stopping');
}

async function createShop(admin: Cluster): Promise<void> {
  await admin.create(paths.namespaces, aNamespace(NAMESPACE));
  for (const name of TRACE_NAMES) {
    const wish = { namespace: NAMESPACE, name, replicas: REPLICAS };
    await admin.create(paths.deployments(NAMESPACE), aDeployment(wish));
  }
  await expectSoon(
    'the pods of the shop are ready',
    () => admin.list<ReadyReplicas>(paths.deployments(NAMESPACE)),
    (found) => found.every(({ status }) => status?.readyReplicas === REPLICAS),
    { withinMs: 30_000 },
  );
}

/** The Service by which the API server finds a program on this machine; its port is the adapter's own. */
async function leadToUs(admin: Cluster): Promise<void> {
  await admin.create(paths.namespaces, aNamespace(OURS));
  await admin.create(paths.services(OURS), aLoopbackService(OURS, 'self-scaling-adapter'));
}

type ReadyReplicas = { readonly status?: { readonly readyReplicas?: number } };

async function play(admin: Cluster, speed: number, stopped: AbortSignal): Promise<void> {
  const begun = Date.now();
  const tracks = TRACE_NAMES.map(trackOf);
  while (!stopped.aborted) {
    const at = begun + (Date.now() - begun) * speed;
    await playTracks(admin, tracks, at).catch((error: unknown) => {
      if (!stopped.aborted) say(`usage was not written: ${String(error)}`);
    });
    await delay(BEAT_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
}

function trackOf(component: TraceName): Track {
  const trace = traceOf(component, PEAK[component]);
  const usageAt = (at: number) => {
    const cpu = valueAt(trace, at);
    return cpu === undefined ? undefined : { cpu, memory: BYTES_IDLE + cpu * BYTES_A_CORE };
  };
  return { namespace: NAMESPACE, component, usageAt };
}
