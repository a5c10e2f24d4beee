import { bucketOf, withSample, type UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Sample } from '../domain/sample.ts';
import {
  bucketStart,
  bytes,
  cores,
  epochMs,
  minutes,
  STEP,
  type EpochMs,
} from '../domain/units.ts';
import { cellsOf, parseInstant, parseUsage, type Parsed, type Problem } from './csv-cells.ts';
import { layoutOf, type CsvOptions, type Layout, type Place } from './csv-layout.ts';

/** One component while its rows are read: ascending, the last bucket still open. */
type Column = { readonly buckets: UsageBucket[]; at: EpochMs };

const MOST_PROBLEMS = 20;
const NEVER = epochMs(-Infinity);

/** Reads a file line by line; keeps buckets, not rows. */
export function readRows(options: CsvOptions) {
  const problems: Problem[] = [];
  const columns = new Map<string, Column>();
  let layout: Layout | undefined;
  let number = 0;
  let rows = 0;
  let gaps = 0;
  let step = Infinity;

  const note = (column: number, message: string): void => {
    // A file without a line has its mistake where its first line would be.
    const line = Math.max(number, 1);
    if (problems.length < MOST_PROBLEMS) problems.push({ line, column, message });
  };
  /** The value, or `undefined` with the problem noted. */
  const take = <T>(parsed: Parsed<T>, column: number): T | undefined => {
    if (parsed.ok) return parsed.value;
    note(column, parsed.message);
    return undefined;
  };

  const header = (cells: readonly string[]): void => {
    const result = layoutOf(cells, options);
    if (result.ok) layout = result.layout;
    else for (const { column, message } of result.defects) note(column + 1, message);
  };

  const usageAt = (cells: readonly string[], index: number): number | undefined =>
    take(parseUsage(cells[index] ?? ''), index + 1);

  const place = (cells: readonly string[], at: EpochMs, { key, cpu, memory }: Place): void => {
    const before = problems.length;
    const used = usageAt(cells, cpu);
    const held = memory === undefined ? options.memoryBytes : usageAt(cells, memory);
    if (problems.length > before) return;
    if (used === undefined || held === undefined) gaps += 1;
    else add(aRow(key, at, used, held));
  };

  const add = (sample: Sample): void => {
    const id = idOf(sample.key);
    const column = columns.get(id) ?? { buckets: [], at: NEVER };
    if (sample.at <= column.at) {
      note(1, `${id} is not in order of time, or has this instant twice; sort the file`);
      return;
    }
    step = Math.min(step, sample.at - column.at);
    column.at = sample.at;
    addTo(column.buckets, sample);
    columns.set(id, column);
  };

  const row = (cells: readonly string[], layoutIn: Layout): void => {
    const { width } = layoutIn;
    if (cells.length !== width) {
      note(Math.min(cells.length, width) + 1, `${cells.length} cells; the header has ${width}`);
      return;
    }
    const at = take(parseInstant(cells[0] ?? ''), 1);
    const places = take(layoutIn.placesIn(cells), 2);
    if (at === undefined || places === undefined) return;
    rows += 1;
    for (const one of places) place(cells, at, one);
  };

  return {
    /** `false` when reading on is in vain. */
    line(text: string): boolean {
      number += 1;
      const trimmed = text.replace(/^\uFEFF/, '').trim();
      if (trimmed === '' || trimmed.startsWith('#')) return true;
      if (layout === undefined) header(cellsOf(trimmed));
      else row(cellsOf(trimmed), layout);
      return layout !== undefined && problems.length < MOST_PROBLEMS;
    },
    end() {
      if (step !== Infinity && step > STEP) {
        note(
          1,
          `there is a value every ${step / minutes(1)} minutes; at most 15 may lie between two`,
        );
      }
      const buckets = [...columns.values()]
        .flatMap((column) => column.buckets)
        .toSorted((a, b) => a.start - b.start);
      if (buckets.length === 0 && problems.length === 0) note(1, 'no row has a value');
      const from = buckets[0]?.start ?? epochMs(0);
      const to = epochMs((buckets.at(-1)?.start ?? from) + STEP);
      const components = columns.size;
      return {
        problems,
        buckets,
        summary: { rows, gaps, buckets: buckets.length, components, from, to },
      };
    },
  };
}

function addTo(buckets: UsageBucket[], sample: Sample): void {
  const last = buckets.at(-1);
  const start = bucketStart(sample.at, STEP);
  if (last?.start === start) buckets[buckets.length - 1] = withSample(last, sample);
  else buckets.push(bucketOf(sample, start));
}

const aRow = (key: ComponentKey, at: EpochMs, cpu: number, memory: number): Sample => ({
  key,
  at,
  cpu: cores(cpu),
  memory: bytes(memory),
  replicasReady: 0,
  podsMissing: 0,
});
