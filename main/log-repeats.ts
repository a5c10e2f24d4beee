import { minutes, type EpochMs } from '../domain/units.ts';

const TELL_AGAIN = minutes(10);
/** Beyond this many different complaints we begin anew: it is no record, only a filter. */
const MOST_KNOWN = 1000;

/**
 * Lets the first of equal complaints through, then one each ten minutes: an outage is one story, not a thousand lines.
 *
 * @returns for each complaint how many equal ones were left out before it; `undefined` = leave this one out too.
 */
export function repeats(now: () => EpochMs): (complaint: string) => number | undefined {
  const known = new Map<string, { readonly toldAt: EpochMs; leftOut: number }>();
  return (complaint) => {
    const before = known.get(complaint);
    if (before !== undefined && now() - before.toldAt < TELL_AGAIN) {
      before.leftOut += 1;
      return undefined;
    }
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(complaint, { toldAt: now(), leftOut: 0 });
    return before?.leftOut ?? 0;
  };
}
