import { idOf } from '../domain/component.ts';
import type { ManagedByLabel, Workload } from '../domain/workload.ts';
import type { Pod } from './pod.ts';
import type { WorkloadObject } from './workload-object.ts';

/** A ReplicaSet as a link: its pods are its controller's, if it has one (a Deployment, a Rollout). */
export type ReplicaSetLink = { readonly uid: string; readonly ownerUid?: string };

/** Pods by the uid of the workload they belong to: what controls their ReplicaSet, else what controls them. */
export function attribute(
  pods: readonly Pod[],
  replicaSets: readonly ReplicaSetLink[],
): ReadonlyMap<string, readonly Pod[]> {
  const controllers = new Map(replicaSets.map(({ uid, ownerUid }) => [uid, ownerUid ?? uid]));
  const owned = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.ownerUid === undefined) continue;
    const uid = controllers.get(pod.ownerUid) ?? pod.ownerUid;
    const siblings = owned.get(uid);
    if (siblings === undefined) owned.set(uid, [pod]);
    else siblings.push(pod);
  }
  return owned;
}

/**
 * One component per namespace and name. Of namesakes of several kinds the first of `PRECEDENCE` is the
 * component, and names the others.
 */
export function toComponents(
  objects: readonly WorkloadObject[],
  namespaceLabels: ReadonlyMap<string, boolean>,
): Workload[] {
  const namesakes = Map.groupBy(objects, ({ key }) => idOf(key));
  return [...namesakes.values()].flatMap((alike) => {
    const [first, ...others] = alike.toSorted(byPrecedence);
    if (first === undefined) return [];
    const { ownLabel, ...workload } = first;
    const managedByLabel = labelOf(ownLabel, namespaceLabels.get(workload.key.namespace));
    return [
      {
        ...workload,
        ...(managedByLabel === undefined ? {} : { managedByLabel }),
        otherKinds: others.map(({ kind }) => kind),
      },
    ];
  });
}

/** The workload speaks for itself, also against its namespace. */
const labelOf = (own?: boolean, ofNamespace?: boolean): ManagedByLabel | undefined => {
  if (own !== undefined) return { managed: own, on: 'workload' };
  return ofNamespace === undefined ? undefined : { managed: ofNamespace, on: 'namespace' };
};

const PRECEDENCE = ['Deployment', 'StatefulSet', 'ReplicaSet'];

const rankOf = ({ apiVersion, kind }: WorkloadObject): number => {
  const rank = apiVersion === 'apps/v1' ? PRECEDENCE.indexOf(kind) : -1;
  return rank === -1 ? PRECEDENCE.length : rank;
};

const byPrecedence = (a: WorkloadObject, b: WorkloadObject): number =>
  rankOf(a) - rankOf(b) || nameOf(a).localeCompare(nameOf(b));

const nameOf = ({ apiVersion, kind }: WorkloadObject): string => `${apiVersion}/${kind}`;
