import type { ManagedBy } from '../domain/component-view.ts';
import { managedName, type SettingEntry } from '../domain/settings.ts';
import type { Workload } from '../domain/workload.ts';

export type Managed = { readonly managed: boolean; readonly by: ManagedBy };

/**
 * Who is managed, and who said so: what was asked for by REST, else the label on the workload, else
 * the one on its namespace, else nobody.
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
    if (managedByLabel === undefined) return { managed: false, by: 'default' };
    const { managed, on } = managedByLabel;
    return { managed, by: on === 'workload' ? 'label' : 'namespace' };
  };
}
