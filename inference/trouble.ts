import { RESOURCES, type Resource } from '../domain/component.ts';
import type { FoundHpa } from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';
import type { Capacity } from './capacity.ts';
import { capacityAnnotation } from './component-settings.ts';
import { isOfKeda } from './ownership.ts';

/** What keeps us from acting, or from acting fully: a reason of the closed list, and a sentence with the cure. */
export type Trouble = { readonly reason: string; readonly message: string };

/** Somebody else's HPAs on the target. */
export function conflictOf(users: readonly FoundHpa[]): Trouble | undefined {
  const [one, ...more] = users;
  if (one === undefined) return undefined;
  if (more.length > 0) {
    const message = `${users.map(nameOf).toSorted().join(' and ')} have one target, so neither scales; delete one`;
    return { reason: 'AmbiguousTarget', message };
  }
  if (isOfKeda(one)) {
    const owner = one.owners.find(({ kind }) => kind === 'ScaledObject')?.name ?? one.name;
    const message = `the ScaledObject "${owner}" scales this workload; delete it, or unmanage the component`;
    return { reason: 'ScaledObjectPresent', message };
  }
  const message = `${nameOf(one)} scales this workload; delete it, or unmanage the component`;
  return { reason: 'ExistingHPA', message };
}

export const nameOf = ({ namespace, name }: FoundHpa): string => `the HPA ${namespace}/${name}`;

/** Neither a forecast nor a reactive metric is possible. */
export const isBare = ({ requests }: Workload, capacity: Capacity, resource: Resource): boolean =>
  capacity[resource] === undefined && !((requests[resource] ?? 0) > 0);

/** What is left out, and what would cure it. */
export function lackOf({ requests }: Workload, capacity: Capacity): Trouble | undefined {
  const sentences = RESOURCES.filter((resource) => capacity[resource] === undefined).map(
    (resource) => {
      const containers = requests.missing.filter((one) => one.resource === resource);
      const names = containers.map(({ container }) => `"${container}"`).join(', ');
      const who = names === '' ? 'no container asks' : `the container ${names} does not ask`;
      return `${resource} is left out: ${who} for any; add a request, or the annotation ${capacityAnnotation(resource)}`;
    },
  );
  if (sentences.length === 0) return undefined;
  return { reason: 'RequestsMissing', message: sentences.join('. ') };
}
