import { readFile } from 'node:fs/promises';
import { openKedaScaler, type KedaScaler } from '../adapter/keda-scaler.ts';
import { externalMetrics } from '../adapter/provider.ts';
import type { Meters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { minutes, seconds } from '../domain/units.ts';
import type { Certificates } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import { hasStatus, NOT_FOUND } from '../kube/refusals.ts';
import { listenHost } from './listen-host.ts';
import type { Parts } from './parts.ts';
import type { Snapshots } from './serve-metrics.ts';

type Ports = {
  readonly snapshots: Snapshots;
  readonly certificates: Certificates;
  readonly meters: Meters;
  readonly kube: Cluster['kube'];
};

const KEDA_API = '/apis/keda.sh/v1alpha1';

/**
 * Serves KEDA's external scaler as `adapter.keda` says, and resolves with the loop that keeps it.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when it is on, and cannot be served.
 */
export async function openKeda(
  house: AsyncDisposableStack,
  parts: Parts,
  ports: Ports,
): Promise<(signal: AbortSignal) => Promise<void>> {
  const { config, log } = parts;
  if (config.adapter.keda === 'off') return async () => {};
  let scaler = config.adapter.keda === 'on' ? await open(house, parts, ports) : undefined;
  const keep = async (): Promise<void> => {
    if (scaler === undefined) return;
    scaler.look();
    scaler.renew(await identityOf(parts, ports.certificates));
  };
  const find = async (signal: AbortSignal): Promise<void> => {
    if (scaler === undefined && (await isThere(ports.kube, signal))) {
      scaler = await open(house, parts, ports);
    }
  };
  const tell = (sentence: string) => (error: unknown) => log.warn({ err: error }, sentence);
  return async (signal) => {
    await Promise.all([
      onEveryBeat(minutes(1), find, tell('KEDA’s scaler is not served'), systemClock, signal),
      onEveryBeat(
        seconds(10),
        keep,
        tell('the certificates of KEDA’s scaler were not read anew; the last ones hold'),
        systemClock,
        signal,
      ),
    ]);
  };
}

async function open(
  house: AsyncDisposableStack,
  parts: Parts,
  { snapshots, certificates, meters }: Ports,
): Promise<KedaScaler> {
  const { clock, config, life, log } = parts;
  const scaler = await openKedaScaler(
    {
      provider: externalMetrics(snapshots),
      identity: await identityOf(parts, certificates),
      draining: life.draining,
      now: () => clock.now(),
      log,
      answered: (method, code) => meters.count('keda_requests_total', { method, code }),
    },
    { host: listenHost(config.adapter.host), port: config.adapter.kedaPort },
  );
  house.use(scaler);
  log.info({ port: scaler.port }, 'the external scaler for KEDA is served');
  return scaler;
}

async function identityOf({ config }: Parts, certificates: Certificates) {
  const { kedaClientCa } = config.adapter;
  if (kedaClientCa === '') {
    throw refusal(
      'CONFIG_INVALID',
      'adapter.kedaClientCa: name the file of the authorities whose clients may call; without it anybody could read forecasts',
    );
  }
  const { cert, key } = certificates.current();
  try {
    return { cert, key, clientCa: await readFile(kedaClientCa, 'utf8') };
  } catch (cause) {
    throw refusal('CONFIG_INVALID', `adapter.kedaClientCa: ${kedaClientCa} cannot be read`, {
      cause,
    });
  }
}

async function isThere(kube: Ports['kube'], signal: AbortSignal): Promise<boolean> {
  try {
    await kube.ask({ path: KEDA_API }, signal);
    return true;
  } catch (error) {
    if (isRefusal(error) && hasStatus(error, NOT_FOUND)) return false;
    throw error;
  }
}
