import { idOf, RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import type { ComponentFacts } from '../domain/facts.ts';
import { COMPONENT_LABEL, type FoundHpa } from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';
import type { Capacity } from './capacity.ts';
import {
  capacityAnnotation,
  settingsOf,
  type ComponentSettings,
  type ScalingOptions,
} from './component-settings.ts';
import { planHpa, type Plan } from './hpa-plan.ts';
import { isOurs, scales } from './ownership.ts';

type Asked = { readonly workload: Workload; readonly managed: boolean };

export type Planned = Asked & {
  readonly settings: ComponentSettings;
  readonly plan: Plan;
};

/** A plan for each workload, in their order; a name that one of them takes is not free for the next. */
export function planAll(
  all: readonly Asked[],
  hpas: readonly FoundHpa[],
  options: ScalingOptions,
  observed: (key: ComponentKey) => Capacity,
): readonly Planned[] {
  const byTarget = Map.groupBy(hpas, ({ namespace, target }) => `${namespace}/${target.name}`);
  const taken = new Set(hpas.map(({ namespace, name }) => `${namespace}/${name}`));
  return all.map(({ workload, managed }) => {
    const { key } = workload;
    const settings = settingsOf(workload, options);
    const plan = planHpa({
      workload,
      managed,
      hpas: byTarget.get(idOf(key)) ?? [],
      isTaken: (name) => taken.has(`${key.namespace}/${name}`),
      settings,
      options,
      observed: observed(key),
    });
    if (plan.change.kind === 'create')
      taken.add(`${key.namespace}/${plan.change.hpa.metadata.name}`);
    return { workload, managed, settings, plan };
  });
}

/** Who can only be scaled on what its pods were seen to use. */
export const needsObservation = (all: readonly Asked[]): readonly ComponentKey[] =>
  all.flatMap(({ workload, managed }) => {
    const { requests, annotations, key } = workload;
    const isOpen = (resource: Resource): boolean =>
      requests[resource] === undefined && annotations[capacityAnnotation(resource)] === undefined;
    return managed && RESOURCES.some(isOpen) ? [key] : [];
  });

/**
 * What adapters are told. Of two workloads of one name a single one can be told of: the managed one, else
 * the first by kind.
 */
export function factsOf(planned: readonly Planned[]): readonly ComponentFacts[] {
  const byKey = Map.groupBy(planned, ({ workload }) => idOf(workload.key));
  return [...byKey.values()].flatMap((some) => {
    const [first] = some.toSorted(
      (a, b) =>
        Number(b.managed) - Number(a.managed) || (a.workload.kind < b.workload.kind ? -1 : 1),
    );
    if (first === undefined) return [];
    const { workload, settings, plan } = first;
    const { key, kind, otherKinds } = workload;
    const { level, leadTime } = settings;
    return [{ key, kind, otherKinds, level, leadTime, capacity: plan.capacity }];
  });
}

/**
 * HPAs of ours whose workload is gone. Normally the garbage collector is faster. A kind of which no
 * workload is known may be a kind that cannot be read now: its HPAs are left.
 */
export function orphansOf(
  hpas: readonly FoundHpa[],
  workloads: readonly Workload[],
): readonly Plan[] {
  const byName = Map.groupBy(workloads, ({ key }) => idOf(key));
  const kinds = new Set(workloads.map(({ kind }) => kind));
  const isOrphan = (hpa: FoundHpa): boolean => {
    const candidates = byName.get(`${hpa.namespace}/${hpa.target.name}`) ?? [];
    return kinds.has(hpa.target.kind) && !candidates.some((workload) => scales(hpa, workload));
  };
  return hpas
    .filter((hpa) => isOurs(hpa) && isOrphan(hpa))
    .map((hpa) => {
      const component = hpa.labels[COMPONENT_LABEL] ?? hpa.target.name;
      const key = { namespace: hpa.namespace, component };
      const change = { kind: 'remove', key, found: hpa, why: 'its workload is gone' } as const;
      return { change, capacity: {}, ours: hpa };
    });
}
