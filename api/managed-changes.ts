import type { ComponentView } from '../domain/component-view.ts';
import { idOf } from '../domain/component.ts';
import { refusal, type SelfScalingError } from '../domain/errors.ts';
import type { ManagedEntry } from './wire/component.ts';

export type ManagedChange = { readonly view: ComponentView; readonly managed: boolean };

/** Either every entry holds, or nothing is changed. */
export type ManagedPlan =
  | { readonly kind: 'change'; readonly changes: readonly ManagedChange[] }
  | { readonly kind: 'contradiction' }
  | { readonly kind: 'refuse'; readonly refusal: SelfScalingError };

type Found = {
  readonly entry: ManagedEntry;
  readonly path: string;
  readonly views: readonly ComponentView[];
};

/**
 * What a posted list asks for.
 *
 * @param views the components that the caller may change, with the flags in force.
 */
export function planManaged(
  entries: readonly ManagedEntry[],
  views: readonly ComponentView[],
): ManagedPlan {
  const byName = Map.groupBy(views, ({ key }) => key.component);
  const found = entries.map((entry, index) => ({
    entry,
    path: `/components/${index}/name`,
    views: matching(byName.get(entry.name) ?? [], entry.namespace),
  }));
  const refused = refusalFor(found);
  if (refused !== undefined) return { kind: 'refuse', refusal: refused };
  const changes = new Map<string, ManagedChange>();
  for (const {
    entry,
    views: [view],
  } of found) {
    if (view === undefined || isEcho(entry, view)) continue;
    const before = changes.get(idOf(view.key));
    if (before !== undefined && before.managed !== entry.managed) return { kind: 'contradiction' };
    changes.set(idOf(view.key), { view, managed: entry.managed });
  }
  return { kind: 'change', changes: [...changes.values()] };
}

const matching = (
  views: readonly ComponentView[],
  namespace: string | undefined,
): readonly ComponentView[] =>
  namespace === undefined ? views : views.filter(({ key }) => key.namespace === namespace);

/**
 * An entry of GET sent back as it was. To store it would pin what a label or the default had said,
 * though nobody asked for that.
 */
const isEcho = (entry: ManagedEntry, view: ComponentView): boolean =>
  entry.managedBy !== undefined &&
  entry.managedBy === view.managedBy &&
  entry.managed === view.managed;

function refusalFor(found: readonly Found[]): SelfScalingError | undefined {
  const unknown = found.filter(({ views }) => views.length === 0);
  const ambiguous = found.filter(({ views }) => views.length > 1);
  if (unknown.length + ambiguous.length === 0) return undefined;
  const errors = [
    ...unknown.map(({ entry, path }) => ({
      path,
      message: `no component named "${spelled(entry)}"`,
    })),
    ...ambiguous.map(({ entry, path, views }) => ({
      path,
      message: `"${entry.name}" is in several namespaces: ${namespacesOf(views).join(', ')}`,
    })),
  ];
  const code = unknown.length > 0 ? 'COMPONENT_NOT_FOUND' : 'COMPONENT_AMBIGUOUS';
  const detail = `nothing was changed: ${errors.map(({ message }) => message).join('; ')}`;
  return refusal(code, detail, { details: { errors } });
}

const spelled = ({ name, namespace }: ManagedEntry): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

const namespacesOf = (views: readonly ComponentView[]): string[] =>
  views.map(({ key }) => key.namespace).toSorted();
