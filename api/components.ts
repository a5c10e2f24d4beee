import type { ComponentView } from '../domain/component-view.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import { componentNotFound, isRefusal } from '../domain/errors.ts';
import type { Readiness } from '../domain/readiness.ts';
import { managedName, type SettingEntry } from '../domain/settings.ts';
import { toRfc3339 } from '../domain/units.ts';
import type { ComponentJson } from './wire/component.ts';

/**
 * All components there are, from memory.
 *
 * Throws `KUBE_UNAVAILABLE` before the first discovery is done; callers pass that on.
 */
export interface Components {
  list(): readonly ComponentView[];
}

/** The durable settings; `set` is atomic, and resolved means stored. */
export interface SettingsKeeper {
  all(signal: AbortSignal): Promise<SettingEntry[]>;
  set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
}

/**
 * What was asked for by REST, laid over what the controller knew when it last looked: a GET after a POST
 * tells the new value, also when another replica took the POST.
 */
export function withFlags(
  views: readonly ComponentView[],
  entries: readonly SettingEntry[],
): ComponentView[] {
  const flags = new Map(entries.map(({ name, value }) => [name, value]));
  return views.map((view) => {
    const managed = flags.get(managedName(view.key));
    return typeof managed === 'boolean' ? { ...view, managed, managedBy: 'rest' } : view;
  });
}

export const toJson = (view: ComponentView): ComponentJson => ({
  name: view.key.component,
  managed: view.managed,
  namespace: view.key.namespace,
  kind: view.kind,
  apiVersion: view.apiVersion,
  managedBy: view.managedBy,
  otherKinds: [...view.otherKinds],
  replicas: view.replicas,
  replicasReady: view.replicasReady,
  ...(view.usage === undefined ? {} : { usage: usageOf(view.usage) }),
  ...(view.hpa === undefined ? {} : { hpa: { ...view.hpa } }),
  ...(view.readiness === undefined ? {} : { readiness: readinessOf(view.readiness) }),
  conditions: view.conditions.map((condition) => ({ ...condition })),
});

const usageOf = ({ cpu, memory, at }: NonNullable<ComponentView['usage']>) => ({
  cpu: { value: cpu, unit: 'cores' },
  memory: { value: memory, unit: 'bytes' },
  at: toRfc3339(at),
});

const readinessOf = ({ stage, usableFrom, weeklyFrom, reason }: Readiness) => ({
  stage,
  ...(usableFrom === undefined ? {} : { usableFrom: toRfc3339(usableFrom) }),
  ...(weeklyFrom === undefined ? {} : { weeklyFrom: toRfc3339(weeklyFrom) }),
  reason,
});

/** @throws {SelfScalingError} `COMPONENT_NOT_FOUND` */
export function viewOf(components: Components, key: ComponentKey): ComponentView {
  const id = idOf(key);
  const view = components.list().find((one) => idOf(one.key) === id);
  if (view === undefined) throw componentNotFound(id);
  return view;
}

/**
 * What the store holds of a component may be read while Kubernetes is away.
 *
 * @throws {SelfScalingError} `COMPONENT_NOT_FOUND` when Kubernetes is there and does not know it.
 */
export function requireKnown(components: Components, key: ComponentKey): void {
  try {
    viewOf(components, key);
  } catch (error) {
    if (!isRefusal(error, 'KUBE_UNAVAILABLE')) throw error;
  }
}
