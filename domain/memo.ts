import { epochMs, type DurationMs, type EpochMs } from './units.ts';

type Entry<V> = { readonly value: Promise<V>; until: EpochMs };

const UNDER_WAY = epochMs(Number.POSITIVE_INFINITY);

/**
 * A bounded memory of answers with single flight: callers who ask while an answer is under way share it.
 * A rejected answer is forgotten at once. The oldest entry goes when `limit` is reached.
 *
 * @param keepFor how long an answer holds, decided when it is there.
 */
export function memo<V>(limit: number, keepFor: (value: V) => DurationMs, now: () => EpochMs) {
  const entries = new Map<string, Entry<V>>();
  const settle = async (key: string, entry: Entry<V>): Promise<void> => {
    try {
      entry.until = epochMs(now() + keepFor(await entry.value));
    } catch {
      // The caller has the rejection; here it is only not kept.
      if (entries.get(key) === entry) entries.delete(key);
    }
  };
  const dropOldest = (): void => {
    const oldest = entries.keys().next().value;
    if (oldest !== undefined && entries.size > limit) entries.delete(oldest);
  };
  return {
    get(key: string, ask: () => Promise<V>): Promise<V> {
      const held = entries.get(key);
      if (held !== undefined && held.until > now()) return held.value;
      const entry: Entry<V> = { value: ask(), until: UNDER_WAY };
      entries.delete(key);
      entries.set(key, entry);
      dropOldest();
      void settle(key, entry);
      return entry.value;
    },
    clear: (): void => entries.clear(),
  };
}
