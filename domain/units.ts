declare const unit: unique symbol;
type Unit<U extends string> = number & { readonly [unit]: U };

export type EpochMs = Unit<'ms since 1970-01-01T00:00Z'>;
export type DurationMs = Unit<'ms'>;
export type Cores = Unit<'core'>;
export type Bytes = Unit<'B'>;

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const durationMs = (value: number): DurationMs => value as DurationMs;
export const seconds = (value: number): DurationMs => (value * 1000) as DurationMs;
export const minutes = (value: number): DurationMs => (value * 60_000) as DurationMs;
export const hours = (value: number): DurationMs => (value * 3_600_000) as DurationMs;
export const days = (value: number): DurationMs => (value * 86_400_000) as DurationMs;
export const cores = (value: number): Cores => value as Cores;
export const bytes = (value: number): Bytes => value as Bytes;

/** Width of every bucket, of history and of forecasts. */
export const STEP = minutes(15);
/** Steps in a day. */
export const STEPS_A_DAY = 96;

/** `2026-11-24T10:15:00Z`, whole seconds: the only place a `Date` is made from a number. */
export const toRfc3339 = (at: EpochMs): string =>
  new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** For packages that take dates. */
export const toDate = (at: EpochMs): Date => new Date(at);

/** `Tue, 24 Nov 2026 10:15:00 GMT`, as HTTP headers have it. */
export const toHttpDate = (at: EpochMs): string => new Date(at).toUTCString();

/** Reads an RFC 3339 instant; `undefined` when it is none. */
export function parseRfc3339(text: string): EpochMs | undefined {
  if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) {
    return undefined;
  }
  const value = Date.parse(text);
  return Number.isFinite(value) ? epochMs(value) : undefined;
}

/** How long from `now` to the next multiple of `every` (a full `every` when exactly on the beat). */
export const untilNextBeat = (now: EpochMs, every: DurationMs): DurationMs =>
  (every - (now % every)) as DurationMs;

/** The start of the aligned bucket that holds `at`; buckets are aligned to the Unix epoch, in UTC. */
export const bucketStart = (at: EpochMs, step: DurationMs): EpochMs =>
  epochMs(Math.floor(at / step) * step);

/** `[from, to)`: every read of the store names both ends. */
export type Window = { readonly from: EpochMs; readonly to: EpochMs };
