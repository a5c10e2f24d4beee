import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../domain/random.ts';

/** One series on a regular grid: a gap in the source is a gap here. */
export type Trace = {
  /** Where it comes from, for a test's output: a file's name, or `synthetic`. */
  readonly source: string;
  /** Epoch ms of the first value; only the time of day is to be relied on. */
  readonly start: number;
  readonly stepMs: number;
  readonly values: readonly (number | undefined)[];
};

/** Traces of real systems, 45 days or more, with a rhythm of days and weeks. */
const FILES = {
  cart: 'aiops_55f8b8b8.csv',
  checkout: 'aiops_301c70d8.csv',
  search: 'nab_asg_misconfiguration.csv',
} as const;

export type TraceName = keyof typeof FILES;
export const TRACE_NAMES: readonly TraceName[] = ['cart', 'checkout', 'search'];

const FOLDER = join(import.meta.dirname, '../../../shared/traces/replay');
const DAY_MS = 86_400_000;

/**
 * The trace of that name; where the folder of real ones is absent, a synthetic one of its kind that
 * is the same on every machine. Scaled so that its peak is `peak`.
 */
export function traceOf(name: TraceName, peak: number): Trace {
  const file = join(FOLDER, FILES[name]);
  const trace = existsSync(file)
    ? parseTrace(FILES[name], readFileSync(file, 'utf8'))
    : syntheticTrace(TRACE_NAMES.indexOf(name) + 1);
  const highest = trace.values.reduce<number>((most, value = 0) => Math.max(most, value), 0);
  return { ...trace, values: trace.values.map((value) => value && (value / highest) * peak) };
}

/**
 * Reads `timestamp,value` lines (seconds) on the grid of their most frequent distance.
 * @throws {Error} when there are not two of them.
 */
export function parseTrace(source: string, text: string): Trace {
  const points = text
    .split('\n')
    .map((line) => line.split(','))
    .filter(([at, value]) => at && value && Number.isFinite(Number(at)))
    .map(([at, value]) => ({ at: Number(at) * 1000, value: Number(value) }));
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < 2) throw new Error(`${source} holds no trace`);
  const stepMs = mostFrequent(points.slice(1).map(({ at }, index) => at - points[index]!.at));
  const values = Array.from<number | undefined>({
    length: Math.round((last.at - first.at) / stepMs) + 1,
  });
  for (const { at, value } of points) values[Math.round((at - first.at) / stepMs)] = value;
  return { source, start: first.at, stepMs, values };
}

/** Means over a wider step, aligned to it; a step without a value stays a gap. */
export function averaged(trace: Trace, stepMs: number): Trace {
  const slots = Map.groupBy(
    trace.values.map((value, index) => ({ value, at: trace.start + index * trace.stepMs })),
    ({ at }) => Math.floor(at / stepMs),
  );
  const firstSlot = Math.floor(trace.start / stepMs);
  const values = Array.from({ length: slots.size }, (_, index) =>
    mean((slots.get(firstSlot + index) ?? []).flatMap(({ value }) => value ?? [])),
  );
  return { source: trace.source, start: firstSlot * stepMs, stepMs, values };
}

/**
 * The value for an instant of today: the trace is laid over the present so that the time of day is its
 * own, and begins again when it is over. `undefined` in a gap.
 */
export function valueAt(trace: Trace, at: number): number | undefined {
  const wholeDays = Math.floor((trace.values.length * trace.stepMs) / DAY_MS) * DAY_MS;
  const since = (((at - trace.start) % wholeDays) + wholeDays) % wholeDays;
  return trace.values[Math.floor(since / trace.stepMs)];
}

const SYNTHETIC_DAYS = 45;
const SYNTHETIC_STEP_MS = 300_000;

/** Days with a morning and an evening peak, quiet weekends, and a noise of 4 %. */
export function syntheticTrace(seed: number): Trace {
  const random = seededRandom(seed);
  const shift = random() * 4;
  const length = (SYNTHETIC_DAYS * DAY_MS) / SYNTHETIC_STEP_MS;
  const values = Array.from({ length }, (_, index) => {
    const day = (index * SYNTHETIC_STEP_MS) / DAY_MS;
    const hour = (day % 1) * 24 - shift;
    const rhythm = 0.25 + 0.5 * bump(hour, 10, 2.5) + 0.7 * bump(hour, 18, 2);
    const weekend = Math.floor(day) % 7 >= 5 ? 0.6 : 1;
    return rhythm * weekend * (1 + 0.04 * (random() + random() + random() - 1.5));
  });
  return { source: 'synthetic', start: 0, stepMs: SYNTHETIC_STEP_MS, values };
}

const bump = (hour: number, centre: number, width: number): number =>
  Math.exp(-(((hour - centre) / width) ** 2));

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mostFrequent(distances: readonly number[]): number {
  const counts = Map.groupBy(distances, (distance) => distance);
  const [winner] = [...counts].toSorted(([, a], [, b]) => b.length - a.length);
  return winner![0];
}
