import { parseQuantity } from '../domain/quantity.ts';
import { bytes, durationMs, type Bytes, type DurationMs } from '../domain/units.ts';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/** One knob: how it is read, what it is when nobody says, and one sentence about it. */
export type Setting<T> = {
  readonly kind: 'setting';
  /** Reads a member of a file, a text of the environment, or a flag; all three alike. */
  readonly parse: (raw: unknown) => Parsed<T>;
  readonly fallback: T;
  /** The default as an operator would write it. */
  readonly written: string;
  /** What is allowed, to follow "is not". */
  readonly allowed: string;
  readonly says: string;
};

const no: { readonly ok: false } = { ok: false };
const yes = <T>(value: T): Parsed<T> => ({ ok: true, value });

const make = <T>(
  parse: (raw: unknown) => Parsed<T>,
  fallback: T,
  written: string,
  allowed: string,
  says: string,
): Setting<T> => ({ kind: 'setting', parse, fallback, written, allowed, says });

export const text = (fallback: string, says: string): Setting<string> =>
  make((raw) => (typeof raw === 'string' ? yes(raw) : no), fallback, fallback, 'a text', says);

export const choice = <T extends string>(
  allowed: readonly T[],
  fallback: T,
  says: string,
): Setting<T> =>
  make(
    (raw) => {
      const found = allowed.find((one) => one === raw);
      return found === undefined ? no : yes(found);
    },
    fallback,
    fallback,
    `one of ${allowed.join(', ')}`,
    says,
  );

export const flag = (fallback: boolean, says: string): Setting<boolean> =>
  make(
    (raw) => {
      if (raw === true || raw === 'true') return yes(true);
      return raw === false || raw === 'false' ? yes(false) : no;
    },
    fallback,
    String(fallback),
    'true or false',
    says,
  );

type Bounds = { readonly from: number; readonly to: number; readonly whole?: boolean };

export const number = (bounds: Bounds, fallback: number, says: string): Setting<number> =>
  make(
    (raw) => {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      if (typeof value !== 'number' || !Number.isFinite(value)) return no;
      if (value < bounds.from || value > bounds.to) return no;
      return bounds.whole === true && !Number.isInteger(value) ? no : yes(value);
    },
    fallback,
    String(fallback),
    `${bounds.whole === true ? 'a whole number' : 'a number'} between ${bounds.from} and ${bounds.to}`,
    says,
  );

export const port = (fallback: number, says: string): Setting<number> =>
  number({ from: 0, to: 65_535, whole: true }, fallback, says);

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const isUnit = (unit: string): unit is keyof typeof UNITS => Object.hasOwn(UNITS, unit);

/** `90s`, `15m`, `6h`, `28d`. */
export function parseDuration(raw: unknown): Parsed<DurationMs> {
  if (typeof raw !== 'string') return no;
  const { digits, unit = '' } = /^(?<digits>\d{1,9})(?<unit>ms|s|m|h|d)$/.exec(raw)?.groups ?? {};
  return digits === undefined || !isUnit(unit) ? no : yes(durationMs(Number(digits) * UNITS[unit]));
}

export function duration(written: string, says: string): Setting<DurationMs> {
  const parsed = parseDuration(written);
  const fallback = parsed.ok ? parsed.value : durationMs(Number.NaN);
  return make(parseDuration, fallback, written, 'a duration such as 90s, 15m, 6h or 28d', says);
}

export function size(written: string, says: string): Setting<Bytes> {
  const parse = (raw: unknown): Parsed<Bytes> => {
    const value = typeof raw === 'number' ? raw : parseQuantity(typeof raw === 'string' ? raw : '');
    return value === undefined || !(value > 0) ? no : yes(bytes(value));
  };
  const parsed = parse(written);
  const fallback = parsed.ok ? parsed.value : bytes(Number.NaN);
  return make(parse, fallback, written, 'a size such as 256Mi', says);
}

export const list = (fallback: readonly string[], says: string): Setting<readonly string[]> =>
  make(
    (raw) => {
      if (typeof raw === 'string') {
        return yes(raw.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])));
      }
      return Array.isArray(raw) && raw.every((one) => typeof one === 'string') ? yes(raw) : no;
    },
    fallback,
    fallback.join(','),
    'a list of texts, or one text with commas',
    says,
  );
