import { refusal } from '../../domain/errors.ts';
import { epochMs, seconds, type DurationMs, type EpochMs } from '../../domain/units.ts';

/** Every sync of the HPA is one tick. */
export const TICK = seconds(15);

/** Demand on one component as a replay plays it, one value a tick. */
export type Trace = {
  readonly name: string;
  readonly start: EpochMs;
  /** Cores, or whatever unit the capacity of a pod is in. */
  readonly demand: Float64Array;
  /** 0 = nothing was measured: the last value is played, and not scored. */
  readonly observed: Uint8Array;
};

type Point = { readonly at: EpochMs; readonly value: number };

const SHORTEST_STEP = TICK;
const LONGEST_STEP = seconds(900);
/** Native steps that may be missing without anybody noticing. */
const SHORT_GAP_STEPS = 2;
/** A typing error in a stamp must not ask for all the memory there is. */
const LONGEST_DAYS = 400;
const DAY = seconds(86_400);

/**
 * Reads `timestamp,value` (epoch seconds), any regular step of 15 s to 15 min; rows may be missing.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` with the line and its cure.
 */
export function parseTrace(name: string, text: string): Trace {
  const points = pointsOf(name, text);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) {
    throw invalid(name, 'has fewer than two rows; a trace needs days of them');
  }
  const step = medianStep(points);
  if (step < SHORTEST_STEP || step > LONGEST_STEP) {
    throw invalid(name, `has a row every ${step / 1000} s; between 15 s and 900 s can be replayed`);
  }
  const start = epochMs(Math.ceil(first.at / TICK) * TICK);
  const ticks = Math.floor((last.at + step - start) / TICK);
  if (ticks * TICK > LONGEST_DAYS * DAY) {
    throw invalid(name, `spans more than ${LONGEST_DAYS} days; are its stamps epoch seconds?`);
  }
  return { name, start, ...played(points, start, ticks, step) };
}

function pointsOf(name: string, text: string): Point[] {
  const [header = '', ...rows] = text.replace(/^\uFEFF/u, '').split(/\r?\n/);
  const columns = header.split(',').map((cell) => cell.trim().replaceAll('"', ''));
  if (columns.join(',') !== 'timestamp,value') {
    throw invalid(name, `begins with "${header.slice(0, 60)}"; need the header timestamp,value`);
  }
  const points: Point[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const point = pointOf(name, row, index + 2);
    const before = points.at(-1);
    if (before !== undefined && point.at <= before.at) {
      throw invalid(name, `line ${index + 2}: is not later than the row before; sort the rows`);
    }
    points.push(point);
  }
  return points;
}

function pointOf(name: string, row: string, line: number): Point {
  const cells = row.split(',').map((cell) => cell.trim());
  const [at = '', value = ''] = cells;
  const numbers = [at, value].map(Number);
  if (cells.length !== 2 || at === '' || value === '' || !numbers.every(Number.isFinite)) {
    throw invalid(name, `line ${line}: "${row.slice(0, 60)}"; need two numbers, timestamp,value`);
  }
  return { at: epochMs(Number(at) * 1000), value: Math.max(0, Number(value)) };
}

function medianStep(points: readonly Point[]): DurationMs {
  const steps = points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at));
  return seconds((steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0) / 1000);
}

/** Each value until the next one; a longer silence is not scored. */
function played(points: readonly Point[], start: EpochMs, ticks: number, step: DurationMs) {
  const demand = new Float64Array(ticks);
  const observed = new Uint8Array(ticks);
  let index = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const at = start + tick * TICK;
    while ((points[index + 1]?.at ?? Infinity) <= at) index += 1;
    const point = points[index];
    if (point === undefined) continue;
    const next = points[index + 1]?.at ?? point.at + step;
    const isGap = next - point.at > (SHORT_GAP_STEPS + 1) * step && at >= point.at + step;
    demand[tick] = point.value;
    observed[tick] = isGap ? 0 : 1;
  }
  return { demand, observed };
}

const invalid = (name: string, what: string): Error =>
  refusal('REQUEST_INVALID', `${name}: ${what}`);
