import { storeUnavailable } from '../domain/errors.ts';
import { trainValuesIn, type SettingEntry, type TrainValues } from '../domain/settings.ts';

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
  let flags = '';
  const listeners = new Set<() => void>();
  const hold = (next: ReadonlyMap<string, SettingEntry>): void => {
    held = next;
    const now = flagsIn(next);
    if (now === flags) return;
    flags = now;
    for (const listener of listeners) listener();
  };
  const entries = (): SettingEntry[] => {
    if (held === undefined) throw storeUnavailable('the settings have not been read yet');
    return [...held.values()];
  };
  return {
    entries,
    /** Called when a component was managed or released, here or by another process; the answer stops it. */
    onFlag(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    trainValues: (otherwise: TrainValues): TrainValues => trainValuesIn(entries(), otherwise),
    async refresh(signal: AbortSignal): Promise<void> {
      for (;;) {
        const before = writes;
        const all = await keeper.all(signal);
        // What was read while a write went through may be of before it: a flag just set would seem unset.
        if (before !== writes) continue;
        hold(new Map(all.map((entry) => [entry.name, entry])));
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
      if (held !== undefined) hold(next);
    },
  };
}

export type SettingsMirror = ReturnType<typeof settingsMirror>;

/** What is told of a change: all flags, in one order. */
const flagsIn = (entries: ReadonlyMap<string, SettingEntry>): string =>
  [...entries.values()]
    .filter(({ name }) => name.startsWith('managed/'))
    .map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
    .toSorted((a, b) => a.localeCompare(b))
    .join('\n');
