import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Meters } from '../api/meters.ts';
import type { ApiServiceObject } from '../apiservice/claim.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import { seconds, type DurationMs } from '../domain/units.ts';
import type { HpaClient } from '../inference/reconcile.ts';
import { leadership } from '../kube/lease.ts';
import type { Cluster } from './cluster.ts';
import type { Parts } from './parts.ts';

/** With less of its lease left a leader begins no write: another may lead before it is answered. */
const LEAST = seconds(2);

/** Does a write, or refuses it; the signal it hands on may end the write earlier. */
type WriteGuard = <T>(
  write: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

type Running = { readonly cluster: Cluster; readonly parts: Parts; readonly meters: Meters };

/**
 * How this process comes to lead, and what guards its writes; without competitors (`all`) it leads always
 * and needs no guard.
 */
export function openLeadership({ cluster, parts, meters }: Running, isOneOfSeveral: boolean) {
  const { ownNamespace: namespace, leaseName: name } = parts.config.kube;
  const lease = {
    namespace,
    name,
    identity: `${hostname()}-${randomUUID()}`,
  };
  const several = leadership({ ...cluster, clock: systemClock }, lease);
  const alone: WriteGuard = (write, signal) => write(signal);
  return {
    guard: isOneOfSeveral ? leaseGuard(several.remaining, timeout) : alone,
    /** Does `work` while this process leads. */
    async lead(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
      const told = async (leading: AbortSignal): Promise<void> => {
        meters.set('leader', 1, { lease: name });
        meters.count('leader_changes_total', { lease: name });
        try {
          await work(leading);
        } finally {
          meters.set('leader', 0, { lease: name });
        }
      };
      await (isOneOfSeveral ? several.lead(told, signal) : told(signal));
    },
  };
}

/** In whole milliseconds, or it throws. */
const timeout = (limit: DurationMs): AbortSignal => AbortSignal.timeout(Math.floor(limit));

/**
 * Lets a write begin while 2 s of the lease remain, and last no longer than the lease does: a leader that
 * was stopped and wakes up late writes nothing. Else `KUBE_UNAVAILABLE`; the next leader decides again.
 */
export function leaseGuard(
  remaining: () => DurationMs,
  limitedTo: (limit: DurationMs) => AbortSignal,
): WriteGuard {
  return async (write, signal) => {
    const left = remaining();
    if (left < LEAST) {
      const message = 'too little of the lease is left for a write; whoever leads next makes it';
      throw kubeUnavailable(message);
    }
    const late = limitedTo(left);
    try {
      return await write(AbortSignal.any([signal, late]));
    } catch (error) {
      if (isRefusal(error) || signal.aborted || !late.aborted) throw error;
      throw kubeUnavailable('the lease ran out before a write was answered', error);
    }
  };
}

export const guardedHpas = (hpas: HpaClient, guard: WriteGuard): HpaClient => ({
  list: (signal) => hpas.list(signal),
  apply: (hpa, found, signal) => guard((limited) => hpas.apply(hpa, found, limited), signal),
  remove: (found, signal) => guard((limited) => hpas.remove(found, limited), signal),
});

export const guardedApiService = <T extends ApiServiceObject>(object: T, guard: WriteGuard): T => ({
  ...object,
  apply: (desired, found, signal) =>
    guard((limited) => object.apply(desired, found, limited), signal),
});
