import { inspect } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';

type Patience = { readonly withinMs: number; readonly everyMs?: number };

const ASK_EVERY_MS = 250;

/**
 * Asks until the answer is accepted, and returns it. The world needs its time; a test names how
 * long it has at most.
 *
 * @throws {Error} naming what was waited for and what was seen last, an error of `look` included.
 */
export async function expectSoon<T>(
  what: string,
  look: () => T | Promise<T>,
  isIt: (seen: T) => boolean,
  { withinMs, everyMs = ASK_EVERY_MS }: Patience,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await lookOnce(look, isIt);
    if (seen.isIt) return seen.value;
    if (performance.now() > until) {
      const last = typeof seen.last === 'string' ? seen.last : inspect(seen.last, { depth: 6 });
      throw new Error(`not within ${withinMs / 1000} s: ${what}; last seen: ${last}`);
    }
    await delay(everyMs);
  }
}

type Seen<T> =
  | { readonly isIt: true; readonly value: T }
  | { readonly isIt: false; readonly last: unknown };

async function lookOnce<T>(
  look: () => T | Promise<T>,
  isIt: (seen: T) => boolean,
): Promise<Seen<T>> {
  try {
    const value = await look();
    return isIt(value) ? { isIt: true, value } : { isIt: false, last: value };
  } catch (error) {
    return { isIt: false, last: error };
  }
}
