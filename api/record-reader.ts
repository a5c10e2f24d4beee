import type { ComponentKey } from '../domain/component.ts';
import type { Score } from '../domain/score.ts';
import type { Window } from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';

/** How forecasts did, and what was said. */
export interface RecordReader {
  readScores(
    window: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): Promise<readonly Score[]>;
  /** What was issued `lead` steps before each step of the window. */
  readVintages(
    lead: number,
    valid: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): AsyncIterable<Vintage>;
}
