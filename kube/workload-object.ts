import type { Workload } from '../domain/workload.ts';
import { at, numberAt, textAt, textMapAt } from './json.ts';
import { podRequests } from './pod-requests.ts';

/** A workload by itself, before its namespace and its namesakes are looked at. */
export type WorkloadObject = Omit<Workload, 'otherKinds' | 'managedByLabel'> & {
  readonly ownLabel?: boolean;
};

/** How the list it came from names it; items of a list do not say themselves. */
export type NamedKind = { readonly apiVersion: string; readonly kind?: string };

/**
 * Reads a Deployment, StatefulSet, ReplicaSet or anything of that shape; `undefined` when it is none.
 *
 * `spec.replicas` absent means 1, as in all of them; `status.readyReplicas` absent means none.
 */
export function toWorkload(object: unknown, named: NamedKind): WorkloadObject | undefined {
  const component = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  const uid = textAt(object, 'metadata', 'uid');
  const kind = named.kind ?? textAt(object, 'kind');
  if (component === undefined || namespace === undefined) return undefined;
  if (uid === undefined || kind === undefined) return undefined;
  const ownLabel = managedLabelOf(object);
  const { [LAST_APPLIED]: _, ...annotations } = textMapAt(object, 'metadata', 'annotations');
  return {
    key: { namespace, component },
    apiVersion: named.apiVersion,
    kind,
    uid,
    ...(ownLabel === undefined ? {} : { ownLabel }),
    annotations,
    replicas: numberAt(object, 'spec', 'replicas') ?? 1,
    replicasReady: numberAt(object, 'status', 'readyReplicas') ?? 0,
    requests: podRequests(at(object, 'spec', 'template', 'spec')),
  };
}

/** What `self-scaling.io/managed` says on a workload or a namespace; anything but true or false says nothing. */
export function managedLabelOf(object: unknown): boolean | undefined {
  const text = textMapAt(object, 'metadata', 'labels')[MANAGED_LABEL];
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

const MANAGED_LABEL = 'self-scaling.io/managed';
/** The whole object once more: of no use to us, and large. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
