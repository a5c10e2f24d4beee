import { epochMs, parseRfc3339, type EpochMs } from '../domain/units.ts';

/** Something in a file that cannot be read; both counted from 1. */
export type Problem = { readonly line: number; readonly column: number; readonly message: string };

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** Numbers above this are milliseconds: as seconds they would lie beyond the year 5000. */
const FIRST_MILLISECONDS = 1e11;
const MS_A_SECOND = 1000;
const SHOWN_CHARACTERS = 40;

/** The cells of a line, trimmed, without quotes around them; no cell that we read has a comma inside. */
export const cellsOf = (line: string): readonly string[] =>
  line.split(',').map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );

/** Epoch seconds, epoch milliseconds or RFC 3339. */
export function parseInstant(cell: string): Parsed<EpochMs> {
  const spoken = parseRfc3339(cell);
  if (spoken !== undefined) return { ok: true, value: spoken };
  const number = cell === '' ? Number.NaN : Number(cell);
  const ms = Math.round(number < FIRST_MILLISECONDS ? number * MS_A_SECOND : number);
  if (Number.isSafeInteger(ms) && ms >= 0) return { ok: true, value: epochMs(ms) };
  return no(`${shown(cell)} is not an instant; write epoch seconds, milliseconds or RFC 3339`);
}

/** A usage; an empty cell is a gap, `undefined`, and nothing else is. */
export function parseUsage(cell: string): Parsed<number | undefined> {
  if (cell === '') return { ok: true, value: undefined };
  const value = Number(cell);
  if (!Number.isFinite(value)) return no(`${shown(cell)} is not a number; leave a gap empty`);
  if (value < 0) return no(`${shown(cell)} is negative; usage is 0 or more`);
  return { ok: true, value };
}

export const shown = (cell: string): string => JSON.stringify(cell.slice(0, SHOWN_CHARACTERS));

const no = (message: string): { readonly ok: false; readonly message: string } => ({
  ok: false,
  message,
});
