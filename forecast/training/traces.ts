import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { STEP, STEPS_A_DAY } from '../../domain/units.ts';
import type { Example } from './synthetic.ts';

const STEP_SECONDS = STEP / 1000;
/** The days on which forecasts are judged are never learnt from. */
const DAYS_HELD_BACK = 4;
const FEWEST_STEPS = 3 * STEPS_A_DAY;

export type TraceSet = { readonly name: string; readonly examples: readonly Example[] };

/** Every file of a folder of wide tables, `timestamp` and a column a series, without the last days of each series. */
export function readTraces(folder: string): TraceSet[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.csv$/, ''),
      examples: examplesOf(readFileSync(join(folder, file), 'utf8')),
    }));
}

function examplesOf(text: string): Example[] {
  const [header = '', ...lines] = text.trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  return header
    .split(',')
    .slice(1)
    .flatMap((_, column) => exampleOf(rows, column + 1));
}

function exampleOf(rows: readonly (readonly string[])[], column: number): Example[] {
  const known = rows.filter((row) => row[column] !== undefined && row[column] !== '');
  const clockOf = (row: readonly string[]): number => Math.round(Number(row[0]) / STEP_SECONDS);
  const clock = clockOf(known[0] ?? []);
  const whole = clockOf(known.at(-1) ?? []) - clock + 1;
  const steps = whole - DAYS_HELD_BACK * STEPS_A_DAY;
  if (!(steps >= FEWEST_STEPS)) return [];
  const values = new Float64Array(steps);
  const observed = new Uint8Array(steps);
  for (const row of known) {
    const index = clockOf(row) - clock;
    if (index >= steps) break;
    values[index] = Number(row[column]);
    observed[index] = 1;
  }
  return [{ values, observed, clock }];
}
