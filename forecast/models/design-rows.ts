import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Solver } from './cholesky.ts';
import {
  copyOfRows,
  freedomOf,
  noRows,
  penalised,
  rowsTimes,
  withRow,
  type Rows,
} from './normal-equations.ts';

const WEEK = 7 * STEPS_A_DAY;
/**
 * A row of a week ago counts half. On real traces this follows a level better than a line with hinges, which runs
 * away with it.
 */
const FADE = 0.5 ** (1 / WEEK);
/** Steps from one to the next that sums are kept at. */
const STEPS_BETWEEN_CHECKPOINTS = 24;
/** Powers are slow: those that are asked for again and again. */
const GROWTH = Float64Array.from({ length: 40 * STEPS_A_DAY }, (_, step) => FADE ** -step);

/** How much a row counts that is so many steps after the first: to be added up once, rows count the more the later they come. */
export const growth = (steps: number): number => GROWTH[steps] ?? FADE ** -steps;

/** By what the sums shrink in the end, so that the last of so many rows counts once. */
export const shrinkage = (rows: number): number => FADE ** (rows - 1);

/** The rows up to an origin, and what follows from them without any target. */
export type Design = {
  readonly rows: Rows;
  readonly solverFor: (lambda: number) => Solver;
  readonly freedomFor: (lambda: number) => number;
};

/** By steps from the first row to the origin. */
type Designs = (steps: number) => Design;

/** Which rows there are: `rows[(from + step) % rows.length]`, of the steps that were observed. */
export type Grid = {
  readonly rows: readonly Float64Array[];
  readonly from: number;
  /** Steps to the first origin that is asked for. */
  readonly first: number;
};

const NO_ROW = new Float64Array(0);

export const rowAt = ({ rows, from }: Grid, step: number): Float64Array =>
  rows[(from + step) % rows.length] ?? NO_ROW;

/** A night asks at eight ends of a history; with all their origins these are ten megabytes. */
const MOST_GRIDS = 16;
const MOST_ORIGINS = 64;
const known = new Map<string, Designs>();

/**
 * The designs of a grid. Without a gap they are the same for every series of that length, and nearly all have none:
 * what was made for one serves the others.
 *
 * @param observed of the steps from the grid's first on.
 */
export function designsOf(grid: Grid, observed: Uint8Array): Designs {
  if (observed.includes(0)) return designsOver(grid, observed);
  const { rows, from, first } = grid;
  const key = [rows[0]?.length, from % rows.length, first].join(' ');
  const found = known.get(key) ?? designsOver(grid, undefined);
  known.delete(key);
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > MOST_GRIDS && oldest !== undefined) known.delete(oldest);
  return found;
}

function designsOver(grid: Grid, observed: Uint8Array | undefined): Designs {
  const columns = rowAt(grid, 0).length;
  const grown = (rows: Rows, begin: number, end: number): Rows => {
    let all = rows;
    for (let step = begin; step < end; step += 1) {
      if (observed?.[step] === 0) continue;
      all = withRow(all, rowAt(grid, step), growth(step));
    }
    return all;
  };
  const sums = checkpoints(grid.first, noRows(columns), copyOfRows, grown);
  const made = new Map<number, Design>();
  return (steps) => {
    const before = made.get(steps);
    if (before !== undefined) return before;
    const design = designOf(rowsTimes(sums(steps), shrinkage(steps)), columns);
    if (made.size >= MOST_ORIGINS) made.clear();
    made.set(steps, design);
    return design;
  };
}

function designOf(rows: Rows, columns: number): Design {
  const solvers = new Map<number, Solver>();
  const freedoms = new Map<number, number>();
  const solverFor = (lambda: number): Solver => {
    const solver = solvers.get(lambda) ?? penalised(rows, columns, lambda);
    solvers.set(lambda, solver);
    return solver;
  };
  const freedomFor = (lambda: number): number => {
    const freedom = freedoms.get(lambda) ?? freedomOf(rows, columns, solverFor(lambda));
    freedoms.set(lambda, freedom);
    return freedom;
  };
  return { rows, solverFor, freedomFor };
}

/**
 * Sums over the steps up to any from the first origin on, each begun from the last that was kept.
 *
 * @param copy since `grown` writes over what it is given.
 * @param grown with the steps `[begin, end)` as well.
 */
export function checkpoints<Sums>(
  first: number,
  nothing: Sums,
  copy: (sums: Sums) => Sums,
  grown: (sums: Sums, begin: number, end: number) => Sums,
): (steps: number) => Sums {
  const kept = [grown(nothing, 0, first)];
  return (steps) => {
    const nearest = Math.floor((steps - first) / STEPS_BETWEEN_CHECKPOINTS);
    for (let made = kept.length; made <= nearest; made += 1) {
      const end = first + made * STEPS_BETWEEN_CHECKPOINTS;
      kept.push(grown(copy(kept.at(-1) ?? nothing), end - STEPS_BETWEEN_CHECKPOINTS, end));
    }
    const from = first + nearest * STEPS_BETWEEN_CHECKPOINTS;
    return grown(copy(kept[nearest] ?? nothing), from, steps);
  };
}
