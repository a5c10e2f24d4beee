import type { Meters } from '../api/meters.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { seededRandom } from '../domain/random.ts';
import { seconds } from '../domain/units.ts';
import { openApiServices } from '../kube/api-services.ts';
import { watchAuthConfig } from '../kube/auth-config.ts';
import { openKube } from '../kube/client.ts';
import { serverVersion } from '../kube/facts.ts';
import { openHpas } from '../kube/hpas.ts';
import { accessReviews } from '../kube/reviews.ts';
import { kubeUsage } from '../kube/usage.ts';
import { watchWorkloads } from '../kube/workloads.ts';
import { meteredReviewer } from './metered.ts';
import type { Gate, World } from './world.ts';

/** The first minor version of Kubernetes 1 that keeps `behavior.*.tolerance`. */
const WITH_TOLERANCE = 35;
const ASK_AGAIN = seconds(10);

/** What all watches and requests share: the client, the clock, chance, the log. */
export function openCluster(config: Config['kube'], log: Log, seed: number) {
  const kubeconfig = config.kubeconfig === '' ? process.env['KUBECONFIG'] : config.kubeconfig;
  const context = config.context === '' ? undefined : config.context;
  const kube = openKube({ kubeconfig, context, pod: podPlace() });
  return { kube, clock: systemClock, random: seededRandom(seed), log };
}

/** Where Kubernetes tells each pod that the API server is. */
function podPlace(): { readonly host: string; readonly port: string } | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return host === undefined || port === undefined ? undefined : { host, port };
}

export type Cluster = ReturnType<typeof openCluster>;

/** The real cluster as the controller sees it. Watches begin at once; nothing is waited for. */
export function openWorld(
  house: AsyncDisposableStack,
  cluster: Cluster,
  config: Config['kube'],
  signal: AbortSignal,
): World & { readonly ready: Promise<unknown> } {
  const scope = { namespaces: config.namespaces, excludeNamespaces: config.excludeNamespaces };
  const workloads = house.use(watchWorkloads(cluster, { ...scope, resources: config.resources }));
  const hpas = house.use(openHpas(cluster, scope));
  let tolerance = false;
  const learnVersion = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { major, minor } = await serverVersion(cluster.kube, signal);
        tolerance = major > 1 || minor >= WITH_TOLERANCE;
        return;
      } catch (error) {
        cluster.log.debug({ err: error }, 'the version of the API server is not known yet');
        await systemClock.sleep(ASK_AGAIN, signal).catch(() => undefined);
      }
    }
  };
  void learnVersion();
  const ready = Promise.all([workloads.ready, hpas.ready]);
  ready.catch(() => {}); // nobody is obliged to wait for it
  return {
    ready,
    usage: kubeUsage(cluster.kube, workloads, scope),
    hpas,
    workloads: () => workloads.workloads(),
    healthy: () => workloads.healthy(),
    onChange(listener) {
      const stops = [workloads.onChange(listener), hpas.onChange(listener)];
      return () => stops.forEach((stop) => stop());
    },
    tolerance: () => tolerance,
  };
}

/** What the aggregated API needs of the cluster: whom to believe, and what they may. */
export function openGate(house: AsyncDisposableStack, cluster: Cluster, meters: Meters): Gate {
  const authConfig = house.use(watchAuthConfig(cluster));
  const wait = {
    pause: (duration: Parameters<typeof systemClock.sleep>[0], signal: AbortSignal) =>
      systemClock.sleep(duration, signal),
    random: cluster.random,
  };
  return { authConfig, reviewer: meteredReviewer(accessReviews(cluster.kube, wait), meters) };
}

/** Our APIService, watched: a theft is seen at once. */
export const openApiServiceObject = (house: AsyncDisposableStack, cluster: Cluster) =>
  house.use(openApiServices(cluster));
