import { idOf, type ComponentKey } from '../domain/component.ts';
import { bucketStart, STEP, type EpochMs } from '../domain/units.ts';

/** A number of steps, or `auto`: each step for up to 1,000 components, above that each fifth. */
export type VintageEvery = 'auto' | number;

const MANY = 1000;
/** 75 minutes: each quarter of the hour has its turn. */
export const SELDOM = 5;

/** Counted since the epoch, so that all processes freeze the same issues. */
export const isOnBeat = (issuedAt: EpochMs, every: number): boolean =>
  (bucketStart(issuedAt, STEP) / STEP) % every === 0;

/**
 * Which issues are frozen. A run writes page by page: for `auto` the components of its step are counted as they come, and
 * the count of the step before holds where it is larger.
 */
export function vintageBeat(every: VintageEvery) {
  let step: EpochMs | undefined;
  let before = 0;
  let seen = new Set<string>();
  return {
    isDue(key: ComponentKey, issuedAt: EpochMs): boolean {
      if (every !== 'auto') return isOnBeat(issuedAt, every);
      const now = bucketStart(issuedAt, STEP);
      if (now !== step) [step, before, seen] = [now, seen.size, new Set()];
      seen.add(idOf(key));
      return isOnBeat(issuedAt, Math.max(before, seen.size) > MANY ? SELDOM : 1);
    },
  };
}
