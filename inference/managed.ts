import type { ManagedBy } from '../domain/component-view.ts';
import { managedName, type SettingEntry } from '../domain/settings.ts';
import type { Workload } from '../domain/workload.ts';

export type Managed = { readonly managed: boolean; readonly by: ManagedBy };

/**
 * Who is managed, and who said so: what was asked for by REST, else the label on the workload or its
 * namespace, else not.
 */
export function whoIsManaged(entries: readonly SettingEntry[]): (workload: Workload) => Managed {
  const asked = new Map(
    entries.flatMap(({ name, value }): [string, boolean][] =>
      typeof value === 'boolean' ? [[name, value]] : [],
    ),
  );
  return ({ key, managedByLabel }) => {
    const byRest = asked.get(managedName(key));
    if (byRest !== undefined) return { managed: byRest, by: 'rest' };
    if (managedByLabel !== undefined) return { managed: managedByLabel, by: 'label' };
    return { managed: false, by: 'default' };
  };
}
