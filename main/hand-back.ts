import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import type { FoundHpa } from '../domain/hpa.ts';
import type { Log } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';
import { handBackOf } from '../inference/hand-back.ts';
import { handBackHpa } from '../kube/hand-back.ts';
import { openHpas } from '../kube/hpas.ts';
import { readApiService } from '../kube/api-services.ts';
import { openCluster, type Cluster } from './cluster.ts';

const API_SERVICE = 'v1beta1.external.metrics.k8s.io';
const ROUNDS = 5;
/** A leader that decided just before the hand-back has written by then, or been refused. */
const SETTLE = seconds(3);

/**
 * Before an uninstall: takes our metrics out of the HPAs that we wrote. They stay, scale reactively, and
 * are nobody's: the program that still runs leaves them alone as a user's. Needs no store and no leader, and
 * may be repeated.
 *
 * @returns what was done, a line each; `taken` when the metrics API has another owner: nothing is done then.
 * @throws {SelfScalingError} `KUBE_UNAVAILABLE`, `FORBIDDEN`; `KUBE_CONFLICT` naming what is left.
 */
export async function handBack(
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly string[]; readonly taken: boolean }> {
  await using house = new AsyncDisposableStack();
  const cluster = openCluster(config.kube, log, 1);
  house.use(cluster.kube);
  const owner = await foreignOwner(cluster, config.adapter, signal);
  if (owner !== undefined) {
    const lines = [
      `${API_SERVICE} belongs to ${owner}: nothing was changed`,
      'upgrade first, so that this release lets go of it; then uninstall',
    ];
    return { lines, taken: true };
  }
  const hpas = house.use(openHpas(cluster, config.kube));
  await hpas.ready;
  const lines: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = (await hpas.list(signal)).filter((hpa) => handBackOf(hpa) !== undefined);
    if (left.length === 0) return { lines: [...lines, ...next(lines.length)], taken: false };
    for (const hpa of left) lines.push(...(await giveBack(cluster, hpa, signal)));
    await systemClock.sleep(SETTLE, signal);
  }
  const left = (await hpas.list(signal)).filter((hpa) => handBackOf(hpa) !== undefined);
  if (left.length === 0) return { lines: [...lines, ...next(lines.length)], taken: false };
  const names = left.map(nameOf).join(', ');
  throw refusal('KUBE_CONFLICT', `these HPAs still have our metrics: ${names}; try again`);
}

const next = (changed: number): readonly string[] => [
  ...(changed === 0 ? ['no HPA has a metric of ours'] : []),
  `delete in this order: kubectl delete apiservice ${API_SERVICE}, the Services, the program`,
];

async function giveBack(
  { kube, log }: Cluster,
  hpa: FoundHpa,
  signal: AbortSignal,
): Promise<string[]> {
  const change = handBackOf(hpa);
  if (change === undefined) return [];
  try {
    await handBackHpa(kube, hpa, change, signal);
    return change.metrics.length > 0
      ? [`kept ${nameOf(hpa)}: reactive from now on, and nobody's`]
      : [`kept ${nameOf(hpa)}: it scaled by our metrics alone; delete it when the program is gone`];
  } catch (err) {
    if (!isRefusal(err, 'KUBE_CONFLICT')) throw err;
    log.info({ err, hpa: nameOf(hpa) }, 'the HPA has changed meanwhile; it is looked at again');
    return [];
  }
}

const nameOf = ({ namespace, name }: FoundHpa): string => `${namespace}/${name}`;

async function foreignOwner(
  cluster: Cluster,
  { serviceNamespace, serviceName }: Config['adapter'],
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await readApiService(cluster.kube, signal);
  if (found === undefined) return undefined;
  const isOurs = found.serviceNamespace === serviceNamespace && found.serviceName === serviceName;
  return isOurs ? undefined : `${found.serviceNamespace ?? '-'}/${found.serviceName ?? '-'}`;
}
