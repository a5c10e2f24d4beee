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
  | { readonly kind: 'unknown' };
