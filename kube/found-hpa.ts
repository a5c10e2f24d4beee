import { BOUNDS, FIELD_MANAGER, type Bound, type FoundHpa } from '../domain/hpa.ts';
import { at, isJson, listAt, numberAt, textAt, textMapAt } from './json.ts';

/** Reads an autoscaling/v2 HorizontalPodAutoscaler; `undefined` when it is none. */
export function toFoundHpa(object: unknown): FoundHpa | undefined {
  const name = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  const uid = textAt(object, 'metadata', 'uid');
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  if (name === undefined || namespace === undefined) return undefined;
  if (uid === undefined || resourceVersion === undefined) return undefined;
  const spec = at(object, 'spec');
  const target = toTarget(spec);
  if (!isJson(spec) || target === undefined) return undefined;
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    target,
    labels: textMapAt(object, 'metadata', 'labels'),
    annotations: textMapAt(object, 'metadata', 'annotations'),
    managers: managersOf(object),
    foreignBounds: BOUNDS.filter((bound) => isOwnedByOthers(object, bound)),
    owners: listAt(object, 'metadata', 'ownerReferences').map((owner) => ({
      kind: textAt(owner, 'kind') ?? '',
      name: textAt(owner, 'name') ?? '',
      uid: textAt(owner, 'uid') ?? '',
    })),
    spec,
    ...replicasOf(object),
    conditions: listAt(object, 'status', 'conditions').map((condition) => ({
      type: textAt(condition, 'type') ?? '',
      status: textAt(condition, 'status') ?? '',
      reason: textAt(condition, 'reason') ?? '',
      message: textAt(condition, 'message') ?? '',
    })),
  };
}

const toTarget = (spec: unknown): FoundHpa['target'] | undefined => {
  const kind = textAt(spec, 'scaleTargetRef', 'kind');
  const name = textAt(spec, 'scaleTargetRef', 'name');
  // The API server lets the version be absent; the target is then found by its kind.
  const apiVersion = textAt(spec, 'scaleTargetRef', 'apiVersion') ?? '';
  return kind === undefined || name === undefined ? undefined : { apiVersion, kind, name };
};

/** Those who own something of the spec; the HPA controller owns only status. */
const managersOf = (object: unknown): readonly string[] => {
  const names = listAt(object, 'metadata', 'managedFields')
    .filter((entry) => at(entry, 'fieldsV1', 'f:spec') !== undefined)
    .flatMap((entry) => textAt(entry, 'manager') ?? []);
  return [...new Set(names)];
};

/**
 * Whether another manager owns the bound, alone or with us: an apply of ours that repeats their value
 * makes us a second owner, and theirs it stays. What a subresource wrote is not of the spec.
 */
const isOwnedByOthers = (object: unknown, bound: Bound): boolean =>
  listAt(object, 'metadata', 'managedFields').some((entry) => {
    if (at(entry, 'fieldsV1', 'f:spec', `f:${bound}`) === undefined) return false;
    const isSpec = textAt(entry, 'subresource') === undefined;
    return isSpec && textAt(entry, 'manager') !== FIELD_MANAGER;
  });

/** A status that was never written says 0 desired and nothing current: that is not known yet. */
const replicasOf = (object: unknown): Pick<FoundHpa, 'currentReplicas' | 'desiredReplicas'> => {
  const currentReplicas = numberAt(object, 'status', 'currentReplicas');
  const desiredReplicas = numberAt(object, 'status', 'desiredReplicas');
  const written = listAt(object, 'status', 'conditions').length > 0;
  return {
    ...(currentReplicas === undefined || !written ? {} : { currentReplicas }),
    ...(desiredReplicas === undefined || !written ? {} : { desiredReplicas }),
  };
};
