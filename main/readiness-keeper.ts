import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import type { HistoryColumn } from '../domain/history.ts';
import { readinessOf, type Readiness } from '../domain/readiness.ts';
import {
  bucketStart,
  days,
  epochMs,
  STEP,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../domain/units.ts';

type HistoryReader = {
  readHistory(
    keys: readonly ComponentKey[],
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncIterable<HistoryColumn>;
};

/** Twice what the last stage takes: half of the time may be gaps. */
const LOOKED_BACK = days(16);
const KEYS_A_QUESTION = 100;

/**
 * How much is known of each component, at hand without waiting. Who has come to the end is not asked for again, and the
 * others once a step: nothing changes before the next bucket closes.
 */
export function readinessKeeper(history: HistoryReader, minimumHistory: DurationMs) {
  let known = new Map<string, Readiness>();
  let readAt: EpochMs | undefined;
  return {
    of: (key: ComponentKey): Readiness | undefined => known.get(idOf(key)),
    /** @throws {SelfScalingError} `STORE_UNAVAILABLE`; what was known stays. */
    async refresh(keys: readonly ComponentKey[], now: EpochMs, signal: AbortSignal): Promise<void> {
      const to = bucketStart(now, STEP);
      const length = Math.max(LOOKED_BACK, 2 * minimumHistory);
      const window = { from: epochMs(to - length), to };
      const next = new Map<string, Readiness>();
      const asked = keys.filter((key) => {
        const before = known.get(idOf(key));
        if (before === undefined || (before.stage !== 'weekly' && readAt !== to)) return true;
        next.set(idOf(key), before);
        return false;
      });
      for (let first = 0; first < asked.length; first += KEYS_A_QUESTION) {
        const page = asked.slice(first, first + KEYS_A_QUESTION);
        for (const key of page) {
          next.set(idOf(key), readinessOf(new Float64Array(0), now, minimumHistory));
        }
        for await (const { key, starts } of history.readHistory(page, 'cpu', window, signal)) {
          next.set(idOf(key), readinessOf(starts.toSorted(), now, minimumHistory));
        }
      }
      known = next;
      readAt = to;
    },
  };
}
