import { refusal } from '../../domain/errors.ts';
import { FIELD_MANAGER, type DesiredHpa, type FoundHpa } from '../../domain/hpa.ts';
import { nameOf, type Sync } from './hpa-sync.ts';
import type { Proposal } from './stabilization.ts';

/** One HPA of a simulated cluster, with what its controller remembers. */
export type StoredHpa = {
  readonly hpa: DesiredHpa;
  readonly found: FoundHpa;
  readonly proposals: readonly Proposal[];
};

/**
 * The HPAs of a simulated cluster, in memory, with the manners of an API server: a uid for each object, a resource version
 * that moves when something changed and only then, a conflict for whoever saw an older one.
 */
export function simulatedHpas() {
  const stored = new Map<string, StoredHpa>();
  let versions = 0;
  const nextVersion = (): string => `${(versions += 1)}`;
  const keep = (hpa: DesiredHpa, found: FoundHpa, proposals: readonly Proposal[]): FoundHpa => {
    stored.set(idOfHpa(found), { hpa, found, proposals });
    return found;
  };
  return {
    all: (): readonly StoredHpa[] => [...stored.values()],
    list: async (signal: AbortSignal): Promise<readonly FoundHpa[]> => {
      signal.throwIfAborted();
      return [...stored.values()].map(({ found }) => found);
    },
    apply: async (
      hpa: DesiredHpa,
      seen: FoundHpa | undefined,
      signal: AbortSignal,
    ): Promise<FoundHpa> => {
      signal.throwIfAborted();
      const there = stored.get(idOfHpa(hpa.metadata));
      refuseUnlessSame(hpa, there?.found, seen);
      if (there === undefined) {
        const uid = `simulated-hpa-${versions + 1}`;
        return keep(hpa, foundOf(hpa, { uid, resourceVersion: nextVersion(), conditions: [] }), []);
      }
      if (JSON.stringify(there.hpa) === JSON.stringify(hpa)) return there.found;
      const status = { ...there.found, resourceVersion: nextVersion() };
      return keep(hpa, foundOf(hpa, status), there.proposals);
    },
    remove: async (seen: FoundHpa, signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted();
      const there = stored.get(idOfHpa(seen));
      if (there === undefined) return;
      refuseUnlessSame(there.hpa, there.found, seen);
      stored.delete(idOfHpa(seen));
    },
    /** What the controller writes into the status after a sync. */
    settle: ({ hpa, found }: StoredHpa, current: number, sync: Sync): void => {
      const status = { currentReplicas: current, desiredReplicas: sync.replicas };
      const conditions = conditionsOf(sync);
      const before = JSON.stringify([
        found.currentReplicas,
        found.desiredReplicas,
        found.conditions,
      ]);
      const changed = before !== JSON.stringify([current, sync.replicas, conditions]);
      const resourceVersion = changed ? nextVersion() : found.resourceVersion;
      keep(hpa, { ...found, ...status, conditions, resourceVersion }, sync.proposals);
    },
  };
}

const idOfHpa = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

function refuseUnlessSame(
  { metadata }: DesiredHpa,
  there: FoundHpa | undefined,
  seen: FoundHpa | undefined,
): void {
  if (there?.uid === seen?.uid && there?.resourceVersion === seen?.resourceVersion) return;
  const why = seen === undefined ? 'exists already' : 'is not as it was seen';
  throw refusal('KUBE_CONFLICT', `the HPA ${idOfHpa(metadata)} ${why}`);
}

type Status = Pick<FoundHpa, 'uid' | 'resourceVersion' | 'conditions'> & Partial<FoundHpa>;

function foundOf({ metadata, spec }: DesiredHpa, status: Status): FoundHpa {
  const { name, namespace, labels, ownerReferences } = metadata;
  return {
    annotations: {},
    ...status,
    namespace,
    name,
    target: spec.scaleTargetRef,
    labels,
    managers: [FIELD_MANAGER],
    owners: ownerReferences.map(({ kind, name: owner, uid }) => ({ kind, name: owner, uid })),
    spec: structuredClone(spec),
  };
}

function conditionsOf({ blockedBy, because }: Sync): FoundHpa['conditions'] {
  const able = { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: '' };
  const active =
    blockedBy === undefined
      ? { status: 'True', reason: 'ValidMetricFound', message: because }
      : {
          status: 'False',
          reason: `FailedGet${blockedBy.type}Metric`,
          message: `the HPA was unable to compute the replica count: ${nameOf(blockedBy)} has no value`,
        };
  return [able, { type: 'ScalingActive', ...active }];
}
