import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { storeUnavailable } from '../domain/errors.ts';
import type { Window } from '../domain/units.ts';

/** A store that can be away as a whole, or refuse single buckets; it keeps what it was sent, in order. */
export function spillableStore() {
  const history: UsageBucket[] = [];
  const ledger: Decision[] = [];
  let refuse: (bucket: UsageBucket) => unknown = () => undefined;
  let isAway = false;
  const answer = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (isAway) throw storeUnavailable('no answer');
  };
  return {
    history,
    ledger,
    goes: (away: boolean): void => {
      isAway = away;
    },
    refuses: (why: (bucket: UsageBucket) => unknown): void => {
      refuse = why;
    },
    async appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void> {
      await answer(signal);
      const refused = buckets.map((bucket) => refuse(bucket)).find((why) => why !== undefined);
      if (refused !== undefined) throw refused;
      history.push(...buckets);
    },
    async appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
      await answer(signal);
      ledger.push(...decisions);
    },
    async readBuckets(_window: Window, signal: AbortSignal): Promise<UsageBucket[]> {
      await answer(signal);
      return [...history];
    },
    async check(signal: AbortSignal) {
      signal.throwIfAborted();
      return isAway ? ({ ok: false, why: 'away' } as const) : ({ ok: true } as const);
    },
    async forget(key: ComponentKey, signal: AbortSignal): Promise<void> {
      await answer(signal);
      const kept = history.filter((bucket) => idOf(bucket.key) !== idOf(key));
      history.splice(0, history.length, ...kept);
    },
    readScores: async () => 'passed on',
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}
