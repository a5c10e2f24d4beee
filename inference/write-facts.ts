import { idOf } from '../domain/component.ts';
import { factsName, type ComponentFacts } from '../domain/facts.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { EpochMs } from '../domain/units.ts';
import { factsIn, toJson } from './facts.ts';

/** Where facts are kept for the adapters. `set` is all or nothing. */
export interface FactsKeeper {
  all(signal: AbortSignal): Promise<readonly SettingEntry[]>;
  set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
}

/** Writes the facts that the store does not have yet, at once; nothing when it has them all. */
export async function writeFacts(
  facts: readonly ComponentFacts[],
  keeper: FactsKeeper,
  now: EpochMs,
  signal: AbortSignal,
): Promise<void> {
  const known = factsIn(await keeper.all(signal));
  const textOf = (one: ComponentFacts | undefined): string | undefined =>
    one === undefined ? undefined : JSON.stringify(toJson(one));
  const changed = facts.filter((one) => textOf(one) !== textOf(known.get(idOf(one.key))));
  if (changed.length === 0) return;
  const entries = changed.map((one) => ({
    name: factsName(one.key),
    value: toJson(one),
    changedBy: FIELD_MANAGER,
    at: now,
  }));
  await keeper.set(entries, signal);
}
