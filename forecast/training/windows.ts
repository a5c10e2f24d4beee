import type { Random } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { contextAt, ORIGIN_INPUTS, type OriginContext } from '../models/network-context.ts';
import { INPUTS, OFFERS, stepReader } from '../models/network-features.ts';
import { augmented } from './augment.ts';
import { chance, recentAge, whole } from './chance.ts';
import type { Batch, RowSource } from './engine.ts';
import type { Example } from './synthetic.ts';

type Window = { readonly from: number; readonly origin: number };

/** Which windows are drawn. */
export type Habits = {
  /** Share of windows with two hours to two days of history, and with two to seven days. */
  readonly young: number;
  readonly ofDays: number;
  /** Steps over which an origin becomes half as likely; absent = all are alike. */
  readonly halfLife?: number;
  /** Whether an example may be changed into what it could have been as well. */
  readonly augments: boolean;
};

const PRETRAINING: Habits = { young: 0.2, ofDays: 0.15, augments: true };

const ROWS = 1024;
const STEPS_OF_FIRST_DAY = 10;
const STEPS_BEYOND = 2;
const LONGEST_HORIZON = 7 * STEPS_A_DAY;
const YOUNGEST_STEPS = 8;
const LONGEST_SHOWN = 21 * STEPS_A_DAY;
const LEAST_ERROR = 0.2;
const FARTHEST_TARGET = 1000;

/** Rows from windows of examples: an origin is drawn, then some steps ahead of it, until the batch is full. */
export function windowRows(
  next: (random: Random) => Example,
  random: Random,
  habits: Habits = PRETRAINING,
): RowSource {
  const batch = {
    rows: ROWS,
    inputs: new Float32Array(ROWS * INPUTS),
    offers: new Float32Array(ROWS * OFFERS),
    targets: new Float32Array(ROWS),
    importance: new Float32Array(ROWS),
  } satisfies Batch;
  return {
    next(): Batch {
      let filled = 0;
      while (filled < ROWS) filled = addWindow(batch, filled, next(random), { random, habits });
      return batch;
    },
  };
}

type Drawing = { readonly random: Random; readonly habits: Habits };

function addWindow(batch: Batch, filled: number, source: Example, drawing: Drawing): number {
  const { random, habits } = drawing;
  const window = windowOf(source, drawing);
  if (window === undefined) return filled;
  const part = partOf(source, window);
  const example = habits.augments ? augmented(part, random) : part;
  const origin = window.origin - window.from;
  const context = contextAt({ ...example, from: 0, origin });
  const reader = stepReader(context);
  let row = filled;
  for (const step of stepsOf(random, example.values.length - origin)) {
    if (row === ROWS) break;
    if (example.observed[origin + step] !== 1) continue;
    reader.read(step);
    batch.inputs.set(context.inputs, row * INPUTS);
    batch.inputs.set(reader.inputs, row * INPUTS + ORIGIN_INPUTS);
    batch.offers.set(reader.offers, row * OFFERS);
    batch.targets[row] = targetOf(example, origin + step, context);
    batch.importance[row] = importanceOf(context);
    row += 1;
  }
  return row;
}

/** What is shown before the origin, and what may be asked about after it. */
function partOf({ values, observed, clock }: Example, { from, origin }: Window): Example {
  const end = origin + LONGEST_HORIZON;
  return {
    values: values.subarray(from, end),
    observed: observed.subarray(from, end),
    clock: clock + from,
  };
}

/** After a constant history any change is a change without bound. */
function targetOf({ values }: Example, index: number, { location, scale }: OriginContext): number {
  const z = ((values[index] ?? location) - location) / scale;
  return Math.max(-FARTHEST_TARGET, Math.min(FARTHEST_TARGET, z));
}

/** What counts is the ratio to what a simple rule achieves: a predictable series counts as much as a wild one. */
function importanceOf({ errors }: OriginContext): number {
  const { yesterday, lastWeek, usual } = errors;
  return 1 / (LEAST_ERROR + Math.min(yesterday, lastWeek, usual));
}

/** An origin with a day of truth after it, and how much before it is shown; `undefined` where all is a gap. */
function windowOf({ values, observed }: Example, { random, habits }: Drawing): Window | undefined {
  const newest = values.length - STEPS_A_DAY;
  if (newest <= YOUNGEST_STEPS) return undefined;
  const kind = random();
  const young = kind < habits.young;
  const oldest = Math.min(newest, young ? YOUNGEST_STEPS : STEPS_A_DAY);
  const origin =
    habits.halfLife === undefined
      ? whole(random, oldest, newest)
      : newest - recentAge(random, newest - oldest, habits.halfLife);
  const shown = young
    ? whole(random, YOUNGEST_STEPS, 2 * STEPS_A_DAY)
    : kind < habits.young + habits.ofDays
      ? whole(random, 2 * STEPS_A_DAY, 7 * STEPS_A_DAY)
      : LONGEST_SHOWN;
  const from = Math.max(0, origin - shown);
  return observed.subarray(from, origin).includes(1) ? { origin, from } : undefined;
}

function stepsOf(random: Random, ahead: number): number[] {
  const steps = Array.from({ length: STEPS_OF_FIRST_DAY }, () => whole(random, 0, STEPS_A_DAY - 1));
  const last = Math.min(ahead, LONGEST_HORIZON) - 1;
  if (last < STEPS_A_DAY || chance(random, 0.2)) return steps;
  return [
    ...steps,
    ...Array.from({ length: STEPS_BEYOND }, () => whole(random, STEPS_A_DAY, last)),
  ];
}
