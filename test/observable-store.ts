import type { PlainStore } from '../main/observed-store.ts';
import { createMemoryStore } from './memory-store.ts';

/** Everything in memory, as the hall sees a store. */
export function anyStore(): PlainStore {
  const memory = createMemoryStore();
  return {
    ...memory,
    async *readHistory(...asked) {
      yield* memory.readHistory(...asked);
    },
    async *readVintages(...asked) {
      yield* memory.readVintages(...asked);
    },
    async expire() {},
    async [Symbol.asyncDispose]() {},
  };
}
