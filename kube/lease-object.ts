import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import type { DurationMs } from '../domain/units.ts';
import type { Json } from './json.ts';
import { toLeaseRecord, type LeaseRecord } from './lease-record.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import type { Kube } from './request.ts';

export type LeaseName = {
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: two that share it would both lead. */
  readonly identity: string;
};

/** The Lease in the cluster: read and replaced. */
export function leaseObject(kube: Pick<Kube, 'ask'>, { namespace, name }: LeaseName) {
  const all = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${all}/${encodeURIComponent(name)}`;
  const parsed = (answer: unknown): LeaseRecord => {
    const record = toLeaseRecord(answer);
    if (record !== undefined) return record;
    throw kubeUnavailable(`the answer about the lease ${name} is no Lease`);
  };
  const created = (limit: DurationMs, signal: AbortSignal): Promise<unknown> => {
    const metadata = { name, namespace };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
    return kube.ask({ method: 'POST', path: all, body, limit }, signal);
  };
  return {
    /** As it is; made when there is none (a chart brings it, a process by hand does not). */
    async read(limit: DurationMs, signal: AbortSignal): Promise<LeaseRecord> {
      try {
        return parsed(await kube.ask({ path, limit }, signal));
      } catch (error) {
        if (!isRefusal(error) || !hasStatus(error, NOT_FOUND)) throw error;
      }
      return parsed(await created(limit, signal));
    },
    /** Replaces it, provided it is still the version that `body` names: else `KUBE_CONFLICT`. */
    async write(body: Json, limit: DurationMs, signal: AbortSignal): Promise<LeaseRecord> {
      return parsed(await kube.ask({ method: 'PUT', path, body, limit }, signal));
    },
  };
}
