import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Meters } from '../api/meters.ts';
import { systemClock } from '../domain/clock.ts';
import { leadership } from '../kube/lease.ts';
import type { Cluster } from './cluster.ts';
import type { Parts } from './parts.ts';

const LEASE = 'self-scaling-controller';

/** Does `work` while this process leads; without competitors (`all`) it leads always. */
export async function whileLeading(
  { cluster, parts, meters }: { cluster: Cluster; parts: Parts; meters: Meters },
  isOneOfSeveral: boolean,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lead = async (leading: AbortSignal): Promise<void> => {
    meters.set('leader', 1, { lease: LEASE });
    try {
      await work(leading);
    } finally {
      meters.set('leader', 0, { lease: LEASE });
    }
  };
  if (!isOneOfSeveral) return await lead(signal);
  const lease = {
    namespace: parts.config.kube.ownNamespace,
    name: LEASE,
    identity: `${hostname()}-${randomUUID()}`,
  };
  const several = leadership({ ...cluster, clock: systemClock }, lease);
  await several.lead(lead, signal);
}
