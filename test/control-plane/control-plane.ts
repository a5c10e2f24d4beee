import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCluster, type Cluster } from '../e2e/objects.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kwokConfig } from './kwok-config.ts';
import { openNursery } from './nursery.ts';
import { controllerManager, partsOf, type Part } from './parts.ts';
import { createFakeNode, registerMetricsServer, warmUpUsage } from './pods-and-usage.ts';
import type { KeyPair } from './pki.ts';
import { programPath, whyMissing, type ProgramName } from './programs.ts';
import { prepareSite } from './site.ts';
import type { Command, StartedProgram } from './started-program.ts';

export type ControlPlaneOptions = {
  /** Nodes and pods: without it pods stay Pending. */
  readonly kwok?: boolean;
  /** The real metrics-server, reading what kwok says that pods use; needs `kwok`. */
  readonly metricsServer?: boolean;
  /** How long a pod takes to become Ready that does not say so by `readyAfter`; 0 by default. */
  readonly podReadyAfterMs?: number;
  /** Added to ours; where both name a flag, these win. */
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
  readonly report?: (line: string) => void;
};

/** A real control plane on loopback, of programs that are stopped by process id. */
export interface ControlPlane extends AsyncDisposable {
  /** Scratch: certificates, kubeconfigs, logs, etcd's data. Removed in the end. */
  readonly folder: string;
  readonly apiServerUrl: string;
  readonly caFile: string;
  readonly ca: string;
  /** Of `system:masters`, as a file and as requests. */
  readonly kubeconfig: string;
  readonly admin: Cluster;
  /** What the API server shows to an aggregated one, and the authority behind it. */
  readonly frontProxy: KeyPair & { readonly caFile: string; readonly ca: string };
  /** A new client certificate of the cluster's authority. */
  identityFor(user: string, groups?: readonly string[]): Promise<KeyPair>;
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  stop(name: ProgramName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts what was stopped, on the same port; resolves when it is ready. */
  start(name: ProgramName): Promise<void>;
  restart(name: ProgramName): Promise<void>;
  /** With other flags added to ours, instead of those given at the start. */
  restartControllerManager(changed: { readonly flags: readonly string[] }): Promise<void>;
  logOf(name: ProgramName): string;
  /** Of every program that was ever started here. */
  pids(): readonly number[];
}

const READY_WITHIN_MS = 60_000;

/**
 * Starts etcd, kube-apiserver and kube-controller-manager, and on request kwok and metrics-server.
 * Resolves when all of them are ready; when one is not, everything is stopped again.
 *
 * @throws {Error} when a program is not built (with the remedy) or does not become ready (with the end
 * of its log; the scratch folder is then left for a look).
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const names = programsFor(options);
  const missing = whyMissing(names);
  if (missing) throw new Error(missing);
  const begun = performance.now();
  const report = (what: string): void =>
    options.report?.(`${what} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);

  const site = await prepareSite();
  const { folder, cluster, ports } = site;
  const apiServerUrl = `https://127.0.0.1:${ports.api}`;
  const admin = openCluster(apiServerUrl, cluster.ca, site.admin);
  await writeFile(join(folder, 'kwok.yaml'), kwokConfig(options.podReadyAfterMs ?? 0));

  const parts = new Map(partsOf(site, options));
  const nursery = openNursery();
  const running = new Map<ProgramName, StartedProgram>();
  const logOf = (name: ProgramName): string => join(folder, `${name}.log`);
  const start = async (name: ProgramName): Promise<void> => {
    const { args, isReady, patienceMs } = partOf(name);
    const command: Command = { name, file: programPath(name), args, logFile: logOf(name) };
    const program = nursery.start({
      ...command,
      cwd: folder,
      ...(patienceMs && { patienceMs }),
    });
    running.set(name, program);
    await program.ready(isReady, READY_WITHIN_MS);
    report(`${name} is ready`);
  };
  const partOf = (name: ProgramName): Part => {
    const part = parts.get(name);
    if (!part) throw new Error(`${name} is no part of this control plane`);
    return part;
  };
  const stop = async (name: ProgramName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> =>
    void (await running.get(name)?.stop(signal));

  const startPods = async (): Promise<void> => {
    if (!options.kwok) return;
    await createFakeNode(admin);
    await start('kwok');
    if (options.metricsServer) await allOf([warmUpUsage(admin, ports.kubelet), startUsage()]);
  };
  const startUsage = async (): Promise<void> => {
    await start('metrics-server');
    await registerMetricsServer(admin, ports.metrics, cluster.ca);
    report('metrics.k8s.io is available');
  };
  try {
    await start('etcd');
    await start('kube-apiserver');
    await allOf([start('kube-controller-manager'), startPods()]);
  } catch (error) {
    await nursery[Symbol.asyncDispose]();
    throw error;
  }

  return {
    folder,
    apiServerUrl,
    caFile: cluster.caFile,
    ca: cluster.ca,
    kubeconfig: site.adminKubeconfig,
    admin,
    frontProxy: {
      ...site.frontProxyClient,
      caFile: site.frontProxy.caFile,
      ca: site.frontProxy.ca,
    },
    identityFor: (user, groups) => cluster.identify(user, groups),
    async kubeconfigFor(user, groups) {
      const client = await cluster.identify(user, groups);
      const file = client.certFile.replace(/\.crt$/, '.kubeconfig');
      return await writeKubeconfig(file, apiServerUrl, cluster.ca, client);
    },
    stop,
    start,
    async restart(name) {
      await stop(name);
      await start(name);
    },
    async restartControllerManager(changed) {
      await stop('kube-controller-manager');
      parts.set('kube-controller-manager', controllerManager(site, changed.flags));
      await start('kube-controller-manager');
    },
    logOf,
    pids: () => nursery.pids(),
    async [Symbol.asyncDispose]() {
      // Clients before servers, also after a restart: a server waits for its clients.
      for (const name of [...parts.keys()].toReversed()) await stop(name);
      await nursery[Symbol.asyncDispose]();
      if (!process.env['SELF_SCALING_KEEP']) await rm(folder, { recursive: true, force: true });
    },
  };
}

function programsFor({ kwok, metricsServer }: ControlPlaneOptions): ProgramName[] {
  if (metricsServer && !kwok)
    throw new Error('metricsServer needs kwok: it is the kubelet it asks');
  const names: ProgramName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
  if (kwok) names.push('kwok');
  if (metricsServer) names.push('metrics-server');
  return names;
}

/** Waits for the end of all, so that nothing goes on behind the back of a failure. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(tasks);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
