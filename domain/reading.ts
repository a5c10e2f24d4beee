import type { DurationMs, EpochMs } from './units.ts';

/** What we know about one resource of a component right now. Exactly one of these is true. */
export type Reading =
  | {
      readonly kind: 'predicted';
      /** Cores or bytes: the maximum over `[now, now + leadTime]` at `level`. */
      readonly value: number;
      readonly issuedAt: EpochMs;
      readonly model: string;
      readonly level: number;
      readonly leadTime: DurationMs;
    }
  | { readonly kind: 'observed'; readonly value: number; readonly observedAt: EpochMs }
  | { readonly kind: 'stale'; readonly issuedAt: EpochMs; readonly age: DurationMs }
  /** There is a forecast, but on this component's own past it did worse than the naive rule: it is not used. */
  | {
      readonly kind: 'failing';
      readonly issuedAt: EpochMs;
      readonly model: string;
      readonly since: EpochMs;
      /** 1 - its loss / that of the naive rule, when it was found failing. */
      readonly skill: number;
    }
  | { readonly kind: 'unknown' };
