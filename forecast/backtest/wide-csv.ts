import { refusal } from '../../domain/errors.ts';
import { seconds, STEP } from '../../domain/units.ts';

/** One column as the file has it: only the cells that hold a number, ascending in time. */
export type Column = {
  readonly name: string;
  /** Epoch milliseconds, on the grid. */
  readonly starts: Float64Array;
  readonly values: Float64Array;
};

type Problem = { readonly line: number; readonly column: number; readonly message: string };
type Growing = { readonly name: string; readonly starts: number[]; readonly values: number[] };
type Cells = readonly string[];

const MOST_PROBLEMS = 20;
const SHOWN_CHARACTERS = 40;
const NO_HEADER = 'a header is needed: timestamp,<series>,…';
const STEP_SECONDS = STEP / seconds(1);
/** Epoch seconds above this are milliseconds: as seconds they would lie beyond the year 5000. */
const FIRST_MILLISECONDS = 1e11;

/**
 * Reads a wide file line by line: `timestamp` (epoch seconds UTC, start of the step) and one column a series; an
 * empty cell is a gap, and so is a row that is not there. CRLF, a byte order mark and quoted names are fine; rows may
 * stand in any order.
 */
export function readWideCsv() {
  const problems: Problem[] = [];
  const lineOf = new Map<number, number>();
  let columns: Growing[] | undefined;
  let number = 0;

  const note = (column: number, message: string): void => {
    problems.push({ line: number, column, message });
  };

  const header = (cells: Cells): void => {
    const [first, ...names] = cells;
    if (first !== 'timestamp' || names.length === 0) {
      note(1, NO_HEADER);
      return;
    }
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
    if (twice !== -1) note(twice + 2, `series ${shown(names[twice] ?? '')} is there twice`);
    columns = names.map((name) => ({ name, starts: [], values: [] }));
  };

  const timestamp = (cell: string): number | undefined => {
    const message = timestampDefect(cell, lineOf.get(Number(cell)));
    if (message !== undefined) {
      note(1, message);
      return undefined;
    }
    lineOf.set(Number(cell), number);
    return seconds(Number(cell));
  };

  const row = (cells: Cells, into: readonly Growing[]): void => {
    if (cells.length !== into.length + 1) {
      const width = into.length + 1;
      note(Math.min(cells.length, width) + 1, `${cells.length} cells; the header has ${width}`);
      return;
    }
    const start = timestamp(cells[0] ?? '');
    if (start === undefined) return;
    for (const [index, column] of into.entries()) {
      const cell = cells[index + 1] ?? '';
      if (cell === '') continue;
      if (isNumber(cell)) {
        column.starts.push(start);
        column.values.push(Number(cell));
      } else note(index + 2, `${shown(cell)} is not a number; leave a gap empty`);
    }
  };

  return {
    /** `false` when reading on is in vain. */
    line(text: string): boolean {
      number += 1;
      const bare = number === 1 ? text.replace(/^\uFEFF/, '') : text;
      if (bare.trim() === '') return true;
      if (columns === undefined) header(cellsOf(bare));
      else row(cellsOf(bare), columns);
      return columns !== undefined && problems.length < MOST_PROBLEMS;
    },
    /** @throws {SelfScalingError} `REQUEST_INVALID` with line and column of up to 20 problems. */
    end(file: string): readonly Column[] {
      if (columns === undefined && problems.length === 0) note(1, NO_HEADER);
      if (problems.length > 0) throw unreadable(file, problems.slice(0, MOST_PROBLEMS));
      return (columns ?? []).map(ascending);
    },
  };
}

const unreadable = (file: string, problems: readonly Problem[]) =>
  refusal(
    'REQUEST_INVALID',
    `${file} cannot be read:\n${problems
      .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`)
      .join('\n')}`,
    { details: { problems } },
  );

function timestampDefect(cell: string, before: number | undefined): string | undefined {
  const value = Number(cell);
  if (!/^\d+$/.test(cell)) return `${shown(cell)} is not a timestamp; write epoch seconds`;
  if (value >= FIRST_MILLISECONDS) return `${shown(cell)} is too late; write epoch seconds`;
  if (value % STEP_SECONDS !== 0) return `${cell} is no multiple of ${STEP_SECONDS} seconds`;
  return before === undefined ? undefined : `timestamp ${cell} is there twice; first in ${before}`;
}

/** Names may hold commas when quoted; numbers never do. */
const cellsOf = (line: string): Cells =>
  line.includes('"')
    ? [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)].map(
        ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim(),
      )
    : line.split(',').map((cell) => cell.trim());

const isNumber = (cell: string): boolean =>
  /^[-+.\deE]+$/.test(cell) && Number.isFinite(Number(cell));

const shown = (cell: string): string => JSON.stringify(cell.slice(0, SHOWN_CHARACTERS));

function ascending({ name, starts, values }: Growing): Column {
  const order = [...starts.keys()];
  if (starts.some((start, index) => start < (starts[index - 1] ?? 0))) {
    order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  }
  return {
    name,
    starts: Float64Array.from(order, (index) => starts[index] ?? Number.NaN),
    values: Float64Array.from(order, (index) => values[index] ?? Number.NaN),
  };
}
