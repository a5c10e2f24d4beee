import { idOf, type ComponentKey } from '../../domain/component.ts';
import type { ComponentPods, PodUsage } from '../../domain/pod-usage.ts';
import { bytes, cores, epochMs, seconds, type EpochMs } from '../../domain/units.ts';
import type { Workload } from '../../domain/workload.ts';
import { comfortableReplicas, type ComponentTrace, type Demand } from './component-trace.ts';
import { syncHpa } from './hpa-sync.ts';
import { simulatedHpas, type StoredHpa } from './simulated-hpas.ts';

/** What a simulated HPA asks our metrics API; `undefined` when it was refused. */
export type ExternalMetric = (
  namespace: string,
  metricName: string,
  selectorLabels: Readonly<Record<string, string>>,
) => number | undefined;

export type ReplicaChange = {
  readonly key: ComponentKey;
  readonly from: number;
  readonly to: number;
  readonly because: string;
};

type Pod = { readonly name: string; readonly readyAt: EpochMs };
type Running = { readonly trace: ComponentTrace; pods: readonly Pod[]; podsMade: number };

/** From creation to Ready. */
const POD_START = seconds(60);

/**
 * A cluster in memory, for the demo: its components' usage follows their traces whatever their replicas are, its HPAs
 * are synced when {@link step} is called. Scaling is simplified (`hpa-sync.ts`); nothing is measured on it.
 *
 * Fulfils the usage source, the list of workloads and the HPA client that the real cluster fulfils elsewhere.
 *
 * @param now is asked for the readiness of pods.
 */
export function simulatedCluster(traces: readonly ComponentTrace[], now: () => EpochMs) {
  const running = new Map(traces.map((trace) => [idOf(trace.key), begun(trace, now())]));
  const hpas = simulatedHpas();
  return {
    list: hpas.list,
    apply: hpas.apply,
    remove: hpas.remove,
    async readUsage(at: EpochMs, signal: AbortSignal): Promise<readonly ComponentPods[]> {
      signal.throwIfAborted();
      return [...running.values()].map((component) => podsAt(component, at));
    },
    workloads: (): readonly Workload[] =>
      [...running.values()].map((one) => workloadOf(one, now())),
    /** One sync of every HPA; answers with what changed. */
    step: (at: EpochMs, external: ExternalMetric): readonly ReplicaChange[] =>
      hpas.all().flatMap((stored) => {
        const component = running.get(idOf(keyOf(stored)));
        if (component?.trace.kind !== stored.hpa.spec.scaleTargetRef.kind) return [];
        return synced(component, stored, at, external, hpas.settle);
      }),
  };
}

const keyOf = ({ hpa }: StoredHpa): ComponentKey => ({
  namespace: hpa.metadata.namespace,
  component: hpa.spec.scaleTargetRef.name,
});

function begun(trace: ComponentTrace, at: EpochMs): Running {
  const component = { trace, pods: [], podsMade: 0 };
  resize(component, comfortableReplicas(trace, trace.usageAt(at)), at);
  return component;
}

/** New pods come last; the youngest go first. */
function resize(component: Running, replicas: number, readyAt: EpochMs): void {
  const { trace, pods } = component;
  const more = Array.from({ length: Math.max(0, replicas - pods.length) }, () => {
    component.podsMade += 1;
    return { name: `${trace.key.component}-${component.podsMade}`, readyAt };
  });
  component.pods = [...pods.slice(0, replicas), ...more];
}

const readyAmong = (pods: readonly Pod[], at: EpochMs): number =>
  pods.filter(({ readyAt }) => readyAt <= at).length;

/** Ready pods share the demand; a pod that is starting is not reported yet. */
function podsAt({ trace, pods }: Running, at: EpochMs): ComponentPods {
  const ready = readyAmong(pods, at);
  const share = shareOf(trace.usageAt(at), ready);
  const reported = pods.map(({ name, readyAt }): PodUsage =>
    share === undefined || readyAt > at ? { name } : { name, usage: share },
  );
  return { key: trace.key, replicasWanted: pods.length, replicasReady: ready, pods: reported };
}

function shareOf(demand: Demand | undefined, pods: number): Demand | undefined {
  if (demand === undefined || pods === 0) return undefined;
  return { cpu: cores(demand.cpu / pods), memory: bytes(demand.memory / pods) };
}

function workloadOf({ trace, pods }: Running, at: EpochMs): Workload {
  return {
    key: trace.key,
    apiVersion: 'apps/v1',
    kind: trace.kind,
    uid: `simulated-${idOf(trace.key)}`,
    annotations: {},
    replicas: pods.length,
    replicasReady: readyAmong(pods, at),
    requests: trace.requests,
    otherKinds: [],
  };
}

function synced(
  component: Running,
  stored: StoredHpa,
  at: EpochMs,
  external: ExternalMetric,
  settle: (stored: StoredHpa, current: number, sync: ReturnType<typeof syncHpa>) => void,
): ReplicaChange[] {
  const { trace, pods } = component;
  const { namespace } = trace.key;
  const seen = {
    wanted: pods.length,
    existing: pods.length,
    ready: readyAmong(pods, at),
    requests: trace.requests,
    usage: trace.usageAt(at),
    external: (name: string, labels: Readonly<Record<string, string>>) =>
      external(namespace, name, labels),
  };
  const sync = syncHpa(stored.hpa.spec, seen, stored.proposals, at);
  resize(component, sync.replicas, epochMs(at + POD_START));
  settle(stored, pods.length, sync);
  if (sync.replicas === pods.length) return [];
  return [{ key: trace.key, from: pods.length, to: sync.replicas, because: sync.because }];
}
