import { storeUnavailable } from '../domain/errors.ts';
import {
  managedIn,
  trainValuesIn,
  type SettingEntry,
  type TrainValues,
} from '../domain/settings.ts';
import type { ComponentKey } from '../domain/component.ts';

type Keeper = {
  all(signal: AbortSignal): Promise<SettingEntry[]>;
  set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
};

/**
 * The durable settings, at hand without waiting. Writes go to the store first, so what was answered is kept.
 *
 * Until the first read has succeeded every question is refused: a flag that is not known is not "false", and acting
 * on it would take HPAs away.
 */
export function settingsMirror(keeper: Keeper) {
  let held: ReadonlyMap<string, SettingEntry> | undefined;
  let writes = 0;
  const entries = (): SettingEntry[] => {
    if (held === undefined) throw storeUnavailable('the settings have not been read yet');
    return [...held.values()];
  };
  return {
    entries,
    managed: (key: ComponentKey): boolean | undefined => managedIn(entries(), key),
    trainValues: (otherwise: TrainValues): TrainValues => trainValuesIn(entries(), otherwise),
    async refresh(signal: AbortSignal): Promise<void> {
      for (;;) {
        const before = writes;
        const all = await keeper.all(signal);
        // What was read while a write went through may be of before it: a flag just set would seem unset.
        if (before !== writes) continue;
        held = new Map(all.map((entry) => [entry.name, entry]));
        return;
      }
    },
    async all(signal: AbortSignal): Promise<SettingEntry[]> {
      await this.refresh(signal);
      return entries();
    },
    async set(changed: readonly SettingEntry[], signal: AbortSignal): Promise<void> {
      await keeper.set(changed, signal);
      writes += 1;
      const next = new Map(held);
      for (const entry of changed) {
        if (entry.value === null) next.delete(entry.name);
        else next.set(entry.name, entry);
      }
      if (held !== undefined) held = next;
    },
  };
}

export type SettingsMirror = ReturnType<typeof settingsMirror>;
