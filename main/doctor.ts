import type { Config } from '../config/schema.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';
import { readApiService } from '../kube/api-services.ts';
import { watchAuthConfig } from '../kube/auth-config.ts';
import { serverVersion } from '../kube/facts.ts';
import { openCluster, openWorld, type Cluster } from './cluster.ts';
import { missingRights } from './doctor-rights.ts';
import { openDirectStore } from './open-store.ts';
import { table } from './table.ts';

/** What was seen, and one remedy; a check that stands on a failed one is skipped. */
export type Finding = {
  readonly check: string;
  readonly outcome: 'pass' | 'warn' | 'fail' | 'skip';
  readonly seen: string;
  readonly remedy?: string;
};

type Check = {
  readonly name: string;
  readonly needs?: string;
  readonly remedy: string;
  readonly look: (signal: AbortSignal) => Promise<Omit<Finding, 'check'>>;
};

const PATIENCE = seconds(10);
const OLDEST_MINOR = 28;

const pass = (seen: string) => ({ outcome: 'pass' as const, seen });

/** Looks at everything this program stands on, and tells what is missing with its remedy. */
export async function diagnose(
  config: Config,
  only: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  await using house = new AsyncDisposableStack();
  const findings: Finding[] = [];
  const checks = checksOf(house, config, signal);
  const names = checks.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    const known = names.join(', ');
    throw refusal(
      'REQUEST_INVALID',
      `--only: no check is named ${unknown.join(', ')}; known: ${known}`,
    );
  }
  const wanted = checks.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const check of wanted) {
    const ground = findings.find((finding) => finding.check === check.needs);
    findings.push(
      ground !== undefined && ground.outcome !== 'pass'
        ? { check: check.name, outcome: 'skip', seen: `not looked at: ${ground.check} failed` }
        : // oxlint-disable-next-line no-await-in-loop -- one stands on the other
          await found(check, signal),
    );
  }
  return findings;
}

async function found(check: Check, signal: AbortSignal): Promise<Finding> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  try {
    const finding = await check.look(limit);
    return finding.outcome === 'pass'
      ? { check: check.name, ...finding }
      : { check: check.name, remedy: check.remedy, ...finding };
  } catch (error) {
    if (!isRefusal(error) && !limit.aborted) throw error;
    const seen = error instanceof Error ? error.message : String(error);
    return { check: check.name, outcome: 'fail', seen, remedy: check.remedy };
  }
}

function checksOf(house: AsyncDisposableStack, config: Config, signal: AbortSignal): Check[] {
  let opened: Cluster | undefined;
  const cluster = (): Cluster => (opened ??= openCluster(config.kube, silentLog, 1));
  return [
    { name: 'config', remedy: '', look: async () => pass('the configuration is complete') },
    storeCheck(config),
    kubeCheck(cluster),
    {
      name: 'rights',
      needs: 'kube',
      remedy: 'bind a ClusterRole with these rules to this account',
      look: async (limit) => {
        const missing = await missingRights(cluster().kube, limit);
        if (missing.length === 0) return pass('every right of the controller is there');
        return { outcome: 'fail', seen: `missing: ${missing.join('; ')}` };
      },
    },
    metricsServerCheck(cluster),
    ownerCheck(cluster, config),
    aggregationCheck(house, cluster),
    componentsCheck(house, cluster, config, signal),
  ];
}

const storeCheck = (config: Config): Check => ({
  name: 'store',
  remedy:
    'start the database, check store.url and the token; `self-scaling bootstrap` makes tokens',
  look: async (limit) => {
    await using store = await openDirectStore(config.store, silentLog);
    const answer = await store.check(limit);
    return answer.ok
      ? pass(`${config.store.kind} answers`)
      : { outcome: 'fail' as const, seen: answer.why };
  },
});

const kubeCheck = (cluster: () => Cluster): Check => ({
  name: 'kube',
  remedy: `name a cluster of Kubernetes 1.${OLDEST_MINOR} or newer: set KUBECONFIG or kube.kubeconfig`,
  look: async (limit) => {
    const { major, minor } = await serverVersion(cluster().kube, limit);
    const seen = `Kubernetes ${major}.${minor} answers`;
    return major > 1 || minor >= OLDEST_MINOR ? pass(seen) : { outcome: 'fail' as const, seen };
  },
});

const metricsServerCheck = (cluster: () => Cluster): Check => ({
  name: 'metrics-server',
  needs: 'kube',
  remedy:
    'install metrics-server; where kubelets have self-signed certificates, with --kubelet-insecure-tls',
  look: async (limit) => {
    await cluster().kube.ask({ path: '/apis/metrics.k8s.io/v1beta1/pods?limit=1' }, limit);
    return pass('metrics.k8s.io answers');
  },
});

const ownerCheck = (cluster: () => Cluster, config: Config): Check => ({
  name: 'api',
  needs: 'kube',
  remedy: 'remove the other adapter, or start with --set adapter.takeOver=true',
  look: async (limit) => {
    const object = await readApiService(cluster().kube, limit);
    if (object === undefined) return pass('v1beta1.external.metrics.k8s.io is free');
    const { serviceNamespace, serviceName } = config.adapter;
    const owner = `${object.serviceNamespace ?? ''}/${object.serviceName ?? ''}`;
    if (owner !== `${serviceNamespace}/${serviceName}`) {
      return { outcome: 'fail', seen: `v1beta1.external.metrics.k8s.io belongs to ${owner}` };
    }
    if (object.available) return pass('v1beta1.external.metrics.k8s.io is ours and available');
    const remedy = `look at the adapter's log, and at Service ${owner} and its endpoints`;
    return { outcome: 'warn', seen: `it is ours, not available: ${object.reason ?? ''}`, remedy };
  },
});

const aggregationCheck = (house: AsyncDisposableStack, cluster: () => Cluster): Check => ({
  name: 'aggregation',
  needs: 'kube',
  remedy:
    'give kube-apiserver --requestheader-client-ca-file and --proxy-client-cert-file, and bind extension-apiserver-authentication-reader',
  look: async (limit) => {
    const watched = house.use(watchAuthConfig(cluster()));
    await Promise.race([watched.ready, rejectionOf(limit)]);
    return watched.current()?.requestHeaderCa === undefined
      ? { outcome: 'fail' as const, seen: 'the API server names no front-proxy authority' }
      : pass('the API server names its front-proxy authority');
  },
});

const componentsCheck = (
  house: AsyncDisposableStack,
  cluster: () => Cluster,
  config: Config,
  signal: AbortSignal,
): Check => ({
  name: 'components',
  needs: 'kube',
  remedy: 'set resources.requests of the containers named',
  look: async (limit) => {
    const world = openWorld(house, cluster(), config.kube, signal);
    await Promise.race([world.ready, rejectionOf(limit)]);
    const workloads = world.workloads();
    const without = workloads.flatMap(({ key, requests }) =>
      requests.missing.map(
        ({ container, resource }) => `${key.namespace}/${key.component} ${container} (${resource})`,
      ),
    );
    if (without.length === 0) return pass(`${workloads.length} components, all with requests`);
    return { outcome: 'warn', seen: `without a request: ${without.join(', ')}` };
  },
});

const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  });

/** One line a check, its remedy beneath. */
export const findingsTable = (findings: readonly Finding[]): string =>
  table(
    findings.flatMap(({ check, outcome, seen, remedy }) => [
      [outcome, check, seen],
      ...(remedy === undefined || outcome === 'pass' ? [] : [['', '', `remedy: ${remedy}`]]),
    ]),
  );
