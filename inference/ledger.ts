import { RESOURCES } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { FIELD_MANAGER, type DesiredHpa, type HpaChange } from '../domain/hpa.ts';
import type { EpochMs } from '../domain/units.ts';
import { toTarget, type Capacity } from './capacity.ts';
import { differences } from './difference.ts';
import { AS_PLANNED, type Plan } from './hpa-plan.ts';

/** The record of a plan: what is done, or what keeps us from it. `undefined` for a plan that changes nothing. */
export function decisionOf({ change, trouble, capacity }: Plan, at: EpochMs): Decision | undefined {
  if (change.kind === 'leave' && isToldAlready(change, trouble)) return undefined;
  return {
    at,
    key: change.key,
    kind: change.kind,
    actor: FIELD_MANAGER,
    text: textOf(change, capacity, trouble?.message),
    ...(trouble === undefined ? {} : { reason: trouble.reason }),
  };
}

/** What is as planned was told when it was planned. */
const isToldAlready = ({ reason }: { reason: string }, trouble: Plan['trouble']): boolean =>
  trouble === undefined || reason === AS_PLANNED;

function textOf(change: HpaChange, capacity: Capacity, trouble: string | undefined): string {
  const { key } = change;
  switch (change.kind) {
    case 'create':
      return `creates the HPA ${key.namespace}/${change.hpa.metadata.name}: ${describe(change.hpa, capacity)}`;
    case 'apply': {
      const changed = differences(change.hpa, change.found).join(', ');
      return `changes ${changed} of the HPA ${key.namespace}/${change.hpa.metadata.name}: ${describe(change.hpa, capacity)}`;
    }
    case 'remove':
      return `removes the HPA ${key.namespace}/${change.found.name}, replicas stay as they are: ${change.why}`;
    case 'leave':
      return `leaves ${key.namespace}/${key.component} as it is: ${trouble ?? change.why}`;
    default:
      return change satisfies never;
  }
}

function describe({ spec }: DesiredHpa, capacity: Capacity): string {
  const carries = RESOURCES.flatMap((resource) => {
    const perPod = capacity[resource];
    return perPod === undefined ? [] : [`${toTarget(resource, perPod)} of ${resource}`];
  });
  return `${spec.minReplicas} to ${spec.maxReplicas} replicas, a pod carries ${carries.join(' and ')}`;
}
