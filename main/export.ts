import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { componentNotFound, refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { durationMs, minutes } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';
import { capacityOf } from '../inference/capacity.ts';
import { settingsOf } from '../inference/component-settings.ts';
import { scaledObjectOf } from '../inference/scaled-object.ts';
import { openCluster, openWorld } from './cluster.ts';

const WAIT = minutes(1);

type ExportFlags = {
  /** `shop/cart` */
  readonly component: string;
  readonly authentication: string;
};

/**
 * The ScaledObject of a component as JSON, which is YAML. Reads the cluster, writes nothing.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID`, `COMPONENT_NOT_FOUND`, `KUBE_UNAVAILABLE`.
 */
export async function exportScaledObject(
  config: Config,
  { component, authentication }: ExportFlags,
): Promise<string> {
  const workload = await findWorkload(config, component);
  const { adapter, forecast, scaling } = config;
  const options = {
    minReplicas: scaling.minReplicas,
    maxReplicas: scaling.maxReplicas,
    targetUtilization: { cpu: scaling.targetUtilization, memory: scaling.targetMemoryUtilization },
    scaleDownStabilization: scaling.scaleDownStabilization,
    tolerance: false,
    level: forecast.level,
    leadTime: forecast.leadTime,
  };
  const settings = settingsOf(workload, options);
  const [invalid] = settings.invalid;
  if (invalid !== undefined) throw refusal('REQUEST_INVALID', invalid);
  const capacity = capacityOf(workload, settings, options, {}, undefined);
  if (capacity.cpu === undefined && capacity.memory === undefined) {
    throw refusal(
      'REQUEST_INVALID',
      `what a pod of ${component} carries is not known: set requests, or annotate self-scaling.io/capacity-cpu`,
    );
  }
  const service = `${adapter.serviceName}-keda.${adapter.serviceNamespace}.svc`;
  const scalerAddress = `${service}:${adapter.kedaPort}`;
  const object = scaledObjectOf({
    workload,
    capacity,
    settings,
    options,
    scalerAddress,
    authentication,
  });
  return JSON.stringify(object, undefined, 2);
}

async function findWorkload(config: Config, written: string): Promise<Workload> {
  const [namespace, component, ...further] = written.split('/');
  if (!namespace || !component || further.length > 0) {
    throw refusal('REQUEST_INVALID', `"${written}" is not NAMESPACE/NAME`);
  }
  await using house = new AsyncDisposableStack();
  const cluster = openCluster(config.kube, silentLog, 1);
  house.use(cluster.kube);
  const found = new AbortController();
  const world = openWorld(house, cluster, config.kube, found.signal);
  const late = new AbortController();
  const tooLate = systemClock
    .sleep(durationMs(WAIT), late.signal)
    .then(() => Promise.reject(refusal('KUBE_UNAVAILABLE', 'the workloads could not be listed')));
  try {
    await Promise.race([world.ready, tooLate]);
    const workload = world
      .workloads()
      .find(({ key }) => key.namespace === namespace && key.component === component);
    if (workload === undefined) throw componentNotFound(written);
    return workload;
  } finally {
    late.abort();
    tooLate.catch(() => {});
    found.abort();
  }
}
