import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HPA_CONTROLLER, milliOf, nameOf } from './adapters.ts';
import type { Cluster } from './objects.ts';

type Event = {
  readonly stage: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
  readonly responseStatus?: { readonly code?: number };
};
/** One question of the HPA controller, as the API server wrote it down. */
export type Sync = { readonly component: string; readonly atMs: number; readonly code: number };

/** Flags that let the API server write down each external metric that the HPA controller asks for. */
export async function hpaAudit(folder: string) {
  const [policyFile, logFile] = [join(folder, 'hpa-policy.json'), join(folder, 'hpa.jsonl')];
  const ours = {
    level: 'Metadata',
    users: [HPA_CONTROLLER],
    resources: [{ group: 'external.metrics.k8s.io' }],
  };
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] };
  const rules = [ours, { level: 'None' }];
  await writeFile(policyFile, JSON.stringify({ ...policy, rules }));
  return {
    flags: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    async syncs(): Promise<readonly Sync[]> {
      const lines = (await readFile(logFile, 'utf8')).split('\n').slice(0, -1);
      const events = lines.map((line) => JSON.parse(line) as Event);
      // Tests ask in its name too.
      const its = events.filter(({ userAgent }) =>
        userAgent?.startsWith('kube-controller-manager'),
      );
      return its.map(({ requestURI, requestReceivedTimestamp, responseStatus }) => {
        const component = /component%3D(?<name>[\w-]+)/.exec(requestURI)?.groups?.['name'] ?? '';
        const atMs = Date.parse(requestReceivedTimestamp);
        return { component, atMs, code: responseStatus?.code ?? 0 };
      });
    },
  };
}

/** Milliseconds between the questions of each HPA, in all. */
export function gapsOf(syncs: readonly Sync[]): readonly number[] {
  return [...Map.groupBy(syncs, ({ component }) => component).values()].flatMap((of) => {
    const moments = of.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
    return moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
  });
}

const CORE = '/api/v1/namespaces/shop/replicationcontrollers';
const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
const AT_ONCE = 20;

/**
 * So many HPAs that read the forecast of a component, every second as `Value`. Their targets have no
 * controller here: the HPA controller asks and decides, and no pod costs anything.
 */
export async function createHpas(admin: Cluster, count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await admin.create(CORE, aTarget(nameOf(index)));
      await admin.create(HPAS, anHpa(index));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const aTarget = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas: 1,
    selector: { app: name },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    },
  },
});

/** What is asked for is what is there: one replica is right. */
const anHpa = (index: number) => {
  const value = `${milliOf(index)}m`;
  const target =
    index % 2 === 0 ? { type: 'AverageValue', averageValue: value } : { type: 'Value', value };
  const selector = { matchLabels: { component: nameOf(index) } };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: nameOf(index), namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: nameOf(index) },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'External', external: { metric: { name: 'predicted-cpu', selector }, target } },
      ],
    },
  };
};

type Hpa = { readonly status?: { readonly conditions?: readonly Condition[] } };
type Condition = { readonly type: string; readonly status: string };

/** How many HPAs say that they scale by their metric. */
export async function activeHpas(admin: Cluster): Promise<number> {
  const hpas = await admin.list<Hpa>(HPAS);
  return hpas.filter(({ status }) =>
    status?.conditions?.some((one) => one.type === 'ScalingActive' && one.status === 'True'),
  ).length;
}

type Told = { readonly type: string; readonly reason: string; readonly message: string };

/** What the HPA controller complained of. */
export async function hpaWarnings(admin: Cluster): Promise<readonly string[]> {
  const events = await admin.list<Told>('/api/v1/namespaces/shop/events?limit=500');
  return events
    .filter(({ type }) => type === 'Warning')
    .map(({ reason, message }) => `${reason}: ${message}`);
}
