import type { AccessReviewer } from '../domain/access.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { idOf } from '../domain/component.ts';
import { isRefusal } from '../domain/errors.ts';
import type { ExternalMetricsProvider } from '../apiservice/external-metrics.ts';
import { parseQuantity } from '../domain/quantity.ts';
import { seconds, type EpochMs } from '../domain/units.ts';
import type { ReplicaChange, simulatedCluster } from '../forecast/replay/simulated-cluster.ts';
import type { Parts } from './parts.ts';
import type { Gate, World } from './world.ts';

type SimulatedCluster = ReturnType<typeof simulatedCluster>;

/** The HPA controller looks this often. */
const SYNC = seconds(15);

/** The simulated cluster in the place of a real one. */
export const simulatedWorld = (cluster: SimulatedCluster): World => ({
  usage: cluster,
  hpas: cluster,
  workloads: () => cluster.workloads(),
  healthy: () => true,
  onChange: () => () => {},
  tolerance: () => true,
});

/** On loopback, with nothing but a simulation behind it, everybody may ask. */
export const openGateForAll: Gate = {
  authConfig: { current: () => undefined },
  reviewer: {
    whoIs: async () => undefined,
    may: async () => ({ allowed: true }),
  } satisfies AccessReviewer,
};

/** Lets the simulated HPAs look every fifteen seconds, and tells what they changed. */
export async function playHpas(
  { clock, log }: Parts,
  cluster: SimulatedCluster,
  provider: ExternalMetricsProvider,
  changed: (change: ReplicaChange, at: EpochMs) => void,
  signal: AbortSignal,
): Promise<void> {
  const ask = (namespace: string, name: string, labels: Readonly<Record<string, string>>) => {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return valueOf(() => provider.answer(namespace, name, selector.join(','), clock.now()));
  };
  const sync = async (): Promise<void> => {
    const at = clock.now();
    for (const change of cluster.step(at, ask)) {
      log.debug({ component: idOf(change.key) }, 'a simulated HPA scaled');
      changed(change, at);
    }
  };
  const failed = (error: unknown): void =>
    log.error({ err: error }, 'the simulated HPAs could not look');
  await onEveryBeat(SYNC, sync, failed, clock, signal);
}

/** What the HPA reads; `undefined` when it was refused. */
function valueOf(answer: () => ReturnType<ExternalMetricsProvider['answer']>): number | undefined {
  try {
    const value = answer()[0]?.value;
    return value === undefined ? undefined : parseQuantity(value);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
