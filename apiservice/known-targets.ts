import type { Target } from './routes.ts';

/** The HPAs of a large cluster ask as many different questions, the same for ever. */
const TARGETS_KEPT = 65_536;
const LONGEST_TARGET = 512;
const OK = 200;

/** What URLs say that were answered well: whoever is refused fills no memory. The oldest is forgotten first. */
export function knownTargets(limit = TARGETS_KEPT) {
  const known = new Map<string, Target>();
  return {
    get: (url: string): Target | undefined => known.get(url),
    /** @param code of the answer. */
    keep(url: string, target: Target, code: number): void {
      if (code !== OK || url.length > LONGEST_TARGET) return;
      const oldest = known.keys().next().value;
      if (oldest !== undefined && known.size >= limit) known.delete(oldest);
      known.set(url, target);
    },
  };
}
