import { externalMetrics } from '../adapter/provider.ts';
import { keepClaim, type ApiServiceObject } from '../apiservice/claim.ts';
import { openApiService } from '../apiservice/server.ts';
import type { Meters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { METRIC_NAMES } from '../adapter/metric-name.ts';
import type { Log } from '../domain/log.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { shortened } from '../domain/packed-forecast.ts';
import { days, minutes, seconds, STEP } from '../domain/units.ts';
import type { News } from '../kube/events.ts';
import { keepSnapshots } from '../inference/refresh.ts';
import { answerTally } from './answer-tally.ts';
import { listenHost } from './listen-host.ts';
import type { Certificates } from './certificates.ts';
import type { Parts } from './parts.ts';
import { openPassThrough } from './pass-through.ts';
import type { Gate } from './world.ts';

/** The forecasts in memory, renewed each minute; whoever serves or shows them reads from here. */
export function openSnapshots({ store, config, log }: Parts) {
  const { holdTime, level, leadTime } = config.forecast;
  return keepSnapshots(store, { holdTime, level, leadTime }, log);
}

/** The lowest level that is served is 0.5; the one that is read for it may have learnt to be lower by 0.15. */
const LOWEST_READ = 0.3;

/** For whoever only serves: a day ahead at any age within the hold time, of the levels that may be asked for. */
export function openServedSnapshots({ store, config, log }: Parts) {
  const { holdTime, level, leadTime } = config.forecast;
  const steps = Math.ceil((days(1) + holdTime) / STEP);
  return keepSnapshots(store, { holdTime, level, leadTime }, log, (issue) =>
    shortened(issue, LOWEST_READ, steps),
  );
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
  const tally = answerTally(meters, METRIC_NAMES);
  return house.use(
    await openApiService(
      {
        provider: externalMetrics(snapshots),
        passThrough: await openPassThrough(house, parts, meters),
        authConfig: gate.authConfig,
        reviewer: gate.reviewer,
        certificate: certificates,
        draining: life.draining,
        log,
        now: () => clock.now(),
        metricsText: async () => (await meters.expose()).text,
        meters: {
          answered(metric, code, taken) {
            meters.observe('external_metrics_request_duration_seconds', taken);
            tally(metric, code);
          },
        },
      },
      { host: listenHost(config.adapter.host), port: config.adapter.port, version },
    ),
  );
}

/** Renews the snapshot each minute. */
export async function keepFresh(
  { clock, log }: Parts,
  snapshots: Snapshots,
  meters: Meters,
  signal: AbortSignal,
): Promise<void> {
  const held = (error: unknown): void => {
    meters.count('snapshot_refresh_failures_total');
    log.warn({ err: error }, 'the snapshot was not renewed; the last one is held');
  };
  const refresh = (stop: AbortSignal): Promise<void> => snapshots.refresh(clock.now(), stop);
  await onEveryBeat(minutes(1), refresh, held, clock, signal);
}

/** What serves a certificate, and takes another without closing. */
type Listener = { reload(pair: { readonly cert: string; readonly key: string }): void };

/** Looks every ten seconds whether the certificates have changed, and has the listeners serve the new ones. */
export async function keepCertified(
  { log }: Parts,
  certificates: Certificates,
  listeners: readonly Listener[],
  signal: AbortSignal,
): Promise<void> {
  const look = async (): Promise<void> => {
    if (!(await certificates.round())) return;
    for (const listener of listeners) listener.reload(certificates.current());
    log.info({}, 'new certificates are served');
  };
  const failed = (error: unknown): void =>
    log.warn({ err: error }, 'the certificates could not be read anew; the last ones are served');
  await onEveryBeat(seconds(10), look, failed, systemClock, signal);
}

/** Registers the APIService and keeps it ours, for as long as `signal` lets it. */
export async function keepRegistered(
  { config, log }: Parts,
  ports: {
    object: ApiServiceObject & { onChange(listener: () => void): () => void };
    certificates: Certificates;
    meters: Meters;
    /** Takes note of an Event. */
    tell?: (news: News) => void;
    /** Where the Service leads: its port, or the listener's own where that was chosen freely. */
    port: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { serviceName, serviceNamespace, takeOver } = config.adapter;
  const { object, certificates, meters, port, tell = () => {} } = ports;
  const desired = () => ({
    serviceName,
    serviceNamespace,
    port,
    caBundle: certificates.current().caBundle,
  });
  const claim = keepClaim(object, desired, { takeOver }, log);
  let wasOwned: boolean | undefined;
  const tellOwner = (): void => {
    const isOwned = claim.owned();
    if (isOwned === undefined) return;
    meters.set('api_service_owned', isOwned ? 1 : 0);
    if (isOwned === wasOwned) return;
    wasOwned = isOwned;
    tell(claimNews({ serviceName, serviceNamespace }, isOwned));
  };
  const round = async (stop: AbortSignal): Promise<void> => {
    try {
      await claim.round(stop);
    } finally {
      tellOwner();
    }
  };
  const told = (error: unknown): void =>
    log.error({ err: error }, 'the metrics API is not registered; HPAs do not see forecasts');
  const watchReach = reachWatch(object, log);
  const roundAndReach = async (stop: AbortSignal): Promise<void> => {
    await round(stop);
    if (claim.owned() === true) await watchReach(stop);
  };
  const renew = async (stop: AbortSignal): Promise<void> => {
    if (await certificates.round()) await round(stop);
  };
  const notRenewed = (error: unknown): void =>
    log.error({ err: error }, 'the certificates could not be renewed; the old ones are served on');
  // Whoever has lost its lease hears of no change any more: the next term listens for itself.
  signal.addEventListener(
    'abort',
    object.onChange(() => void round(signal).catch(told)),
    { once: true },
  );
  await Promise.all([
    onEveryBeat(seconds(30), roundAndReach, told, systemClock, signal),
    onEveryBeat(minutes(1), renew, notRenewed, systemClock, signal),
  ]);
}

/** About our Service, which has a namespace that we may write in; the APIService has none. */
const claimNews = (
  { serviceName, serviceNamespace }: { serviceName: string; serviceNamespace: string },
  isOwned: boolean,
): News => ({
  regarding: {
    apiVersion: 'v1',
    kind: 'Service',
    namespace: serviceNamespace,
    name: serviceName,
  },
  action: 'Register',
  isWarning: !isOwned,
  ...(isOwned
    ? {
        reason: 'APIServiceRegistered',
        note: 'v1beta1.external.metrics.k8s.io leads to this Service',
      }
    : {
        reason: 'APIServiceTaken',
        note: 'somebody else owns v1beta1.external.metrics.k8s.io; HPAs do not see forecasts',
      }),
});

/** Registered is not reached: tells, from the second look in a row on, why the API server does not reach us, once. */
export function reachWatch(object: Pick<ApiServiceObject, 'get'>, log: Log) {
  let misses = 0;
  return async (signal: AbortSignal): Promise<void> => {
    const found = await object.get(signal);
    const isReached = found?.available === true;
    if (isReached && misses > 1) log.info({}, 'the API server reaches the metrics API again');
    misses = isReached ? 0 : misses + 1;
    if (misses !== 2) return;
    log.warn(
      { reason: found?.reason },
      'the API server does not reach the metrics API; HPAs do not see forecasts until its Service leads here',
    );
  };
}
