import type { ComponentView } from '../domain/component-view.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Readiness } from '../domain/readiness.ts';
import type { Sample } from '../domain/sample.ts';
import type { Workload } from '../domain/workload.ts';
import type { ComponentState } from '../inference/component-state.ts';
import type { Managed } from '../inference/managed.ts';

type Known = {
  readonly managed: (workload: Workload) => Managed;
  readonly sample: (key: ComponentKey) => Sample | undefined;
  readonly state: (key: ComponentKey) => ComponentState | undefined;
  readonly readiness: (key: ComponentKey) => Readiness | undefined;
};

/** One component as people see it: the workload, what it uses, what became of its HPA. */
export function viewOf(workload: Workload, known: Known): ComponentView {
  const { key, kind, apiVersion, otherKinds, replicas, replicasReady } = workload;
  const { managed, by } = known.managed(workload);
  const sample = known.sample(key);
  const state = known.state(key);
  const readiness = known.readiness(key);
  return {
    key,
    kind,
    apiVersion,
    otherKinds,
    managed,
    managedBy: by,
    replicas,
    replicasReady,
    ...(sample === undefined
      ? {}
      : { usage: { cpu: sample.cpu, memory: sample.memory, at: sample.at } }),
    ...hpaIn(state),
    ...(readiness === undefined ? {} : { readiness }),
    conditions: state?.conditions ?? [],
  };
}

function hpaIn(state: ComponentState | undefined): Pick<ComponentView, 'hpa'> {
  if (state?.hpa === undefined) return {};
  const { name, currentReplicas, desiredReplicas } = state.hpa;
  return {
    hpa: {
      name,
      ...(currentReplicas === undefined ? {} : { currentReplicas }),
      ...(desiredReplicas === undefined ? {} : { desiredReplicas }),
    },
  };
}

/** The last states, by component. */
export const statesById = (
  states: readonly ComponentState[],
): ReadonlyMap<string, ComponentState> => new Map(states.map((state) => [idOf(state.key), state]));
