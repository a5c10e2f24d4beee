import { externalMetrics } from '../adapter/provider.ts';
import { keepClaim, type ApiServiceObject } from '../apiservice/claim.ts';
import { openApiService } from '../apiservice/server.ts';
import type { Meters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { METRIC_NAMES } from '../adapter/metric-name.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { minutes, seconds } from '../domain/units.ts';
import { keepSnapshots } from '../inference/refresh.ts';
import type { openCertificates } from './certificates.ts';
import type { Parts } from './parts.ts';
import type { Gate } from './world.ts';

type Certificates = Awaited<ReturnType<typeof openCertificates>>;

/** The forecasts in memory, renewed each minute; whoever serves or shows them reads from here. */
export function openSnapshots({ store, config, log }: Parts) {
  const { holdTime, level, leadTime } = config.forecast;
  return keepSnapshots(store, { holdTime, level, leadTime }, log);
}

export type Snapshots = {
  current(): Snapshot | undefined;
  refresh(now: ReturnType<Parts['clock']['now']>, signal: AbortSignal): Promise<void>;
};

/** The external metrics API, listening; resolves with its port. */
export async function openMetricsApi(
  house: AsyncDisposableStack,
  parts: Parts,
  ports: { snapshots: Snapshots; gate: Gate; certificates: Certificates; meters: Meters },
) {
  const { clock, config, life, log, version } = parts;
  const { gate, certificates, meters, snapshots } = ports;
  const known = new Set<string>(METRIC_NAMES);
  return house.use(
    await openApiService(
      {
        provider: externalMetrics(snapshots),
        authConfig: gate.authConfig,
        reviewer: gate.reviewer,
        certificate: certificates,
        draining: life.draining,
        log,
        now: () => clock.now(),
        metricsText: async () => (await meters.expose()).text,
        meters: {
          answered: (metric, code) =>
            meters.count('external_metrics_requests_total', {
              code,
              metric: known.has(metric.toLowerCase()) ? metric.toLowerCase() : 'other',
            }),
        },
      },
      { host: config.adapter.host, port: config.adapter.port, version },
    ),
  );
}

/** Renews the snapshot each minute, and the served certificate when it has changed on disk or by age. */
export async function keepServing(
  { clock, log }: Parts,
  ports: {
    snapshots: Snapshots;
    certificates: Certificates;
    api: { reload(pair: { cert: string; key: string }): void };
    meters: Meters;
  },
  signal: AbortSignal,
): Promise<void> {
  const { snapshots, certificates, api, meters } = ports;
  const held = (error: unknown): void => {
    meters.count('snapshot_refresh_failures_total');
    log.warn({ err: error }, 'the snapshot was not renewed; the last one is held');
  };
  const renew = async (): Promise<void> => {
    if (await certificates.round()) api.reload(certificates.current());
  };
  await Promise.all([
    onEveryBeat(minutes(1), (stop) => snapshots.refresh(clock.now(), stop), held, clock, signal),
    onEveryBeat(
      minutes(10),
      renew,
      (error) => log.error({ err: error }, 'the serving certificate could not be renewed'),
      systemClock,
      signal,
    ),
  ]);
}

/** Registers the APIService and keeps it ours, for as long as `signal` lets it. */
export async function keepRegistered(
  { config, log }: Parts,
  ports: {
    object: ApiServiceObject & { onChange(listener: () => void): unknown };
    certificates: Certificates;
    meters: Meters;
    /** Where the Service leads: its port, or the listener's own where that was chosen freely. */
    port: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { serviceName, serviceNamespace, takeOver } = config.adapter;
  const { object, certificates, meters, port } = ports;
  const desired = () => ({
    serviceName,
    serviceNamespace,
    port,
    caBundle: certificates.current().caBundle,
  });
  const claim = keepClaim(object, desired, { takeOver }, log);
  const round = async (stop: AbortSignal): Promise<void> => {
    try {
      await claim.round(stop);
    } finally {
      meters.set('api_service_owned', claim.owned() === true ? 1 : 0);
    }
  };
  const told = (error: unknown): void =>
    log.error({ err: error }, 'the metrics API is not registered; HPAs do not see forecasts');
  object.onChange(() => void round(signal).catch(told));
  await onEveryBeat(seconds(30), round, told, systemClock, signal);
}
