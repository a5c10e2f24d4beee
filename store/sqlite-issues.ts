import { RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { QuantileLevels } from '../domain/forecast.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import { durationMs, epochMs } from '../domain/units.ts';

/** An issue without its numbers, which lie in the arrays of {@link PackedIssues}, row behind row. */
export type IssueRow = {
  readonly key: ComponentKey;
  readonly resource: string;
  readonly issuedAtMs: number;
  readonly startMs: number;
  readonly stepMs: number;
  /** JSON. */
  readonly levels: string;
  readonly model: string;
  readonly run: string;
  readonly scalesBytes: number;
  readonly unitsBytes: number;
};

export type PackedIssues = {
  readonly rows: readonly IssueRow[];
  /** Float32, machine order. */
  readonly scales: Uint8Array<ArrayBuffer>;
  /** Uint16, machine order. */
  readonly units: Uint8Array<ArrayBuffer>;
};

/**
 * The issues as views into the two arrays: 20,000 forecasts are two buffers. Level lists are shared.
 *
 * @returns also how many rows were not an issue: such a row is left out, never guessed at.
 */
export function unpackIssues(packed: PackedIssues): { issues: PackedIssue[]; misshapen: number } {
  const levelsOf = levelLists();
  const issues: PackedIssue[] = [];
  let [scalesAt, unitsAt] = [0, 0];
  for (const row of packed.rows) {
    const issue = issueOf(row, levelsOf(row.levels), {
      scales: packed.scales.subarray(scalesAt, scalesAt + row.scalesBytes),
      units: packed.units.subarray(unitsAt, unitsAt + row.unitsBytes),
    });
    if (issue !== undefined) issues.push(issue);
    scalesAt += row.scalesBytes;
    unitsAt += row.unitsBytes;
  }
  return { issues, misshapen: packed.rows.length - issues.length };
}

type Numbers = { readonly scales: Uint8Array; readonly units: Uint8Array };

function issueOf(
  row: IssueRow,
  levels: QuantileLevels | undefined,
  numbers: Numbers,
): PackedIssue | undefined {
  const resource = RESOURCES.find((each) => each === row.resource);
  const scales = elements(numbers.scales, Float32Array);
  const values = elements(numbers.units, Uint16Array);
  if (resource === undefined || levels === undefined) return undefined;
  if (scales?.length !== levels.length || !scales.every(Number.isFinite)) return undefined;
  if (values === undefined || values.length === 0) return undefined;
  if (values.length % levels.length !== 0) return undefined;
  const { key, issuedAtMs, startMs, stepMs, model, run } = row;
  const [issuedAt, start, step] = [epochMs(issuedAtMs), epochMs(startMs), durationMs(stepMs)];
  return { key, resource, issuedAt, start, step, levels, scales, values, model, run };
}

/** A view when the bytes lie evenly, which they do unless a row before them is damaged. */
function elements<T>(
  { buffer, byteOffset, byteLength }: Uint8Array,
  Elements: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
  },
): T | undefined {
  const width = Elements.BYTES_PER_ELEMENT;
  if (byteLength % width !== 0) return undefined;
  if (byteOffset % width === 0) return new Elements(buffer, byteOffset, byteLength / width);
  return new Elements(buffer.slice(byteOffset, byteOffset + byteLength), 0, byteLength / width);
}

function levelLists(): (text: string) => QuantileLevels | undefined {
  const known = new Map<string, QuantileLevels | undefined>();
  return (text) => {
    if (!known.has(text)) known.set(text, parseLevels(text));
    return known.get(text);
  };
}

export function parseLevels(text: string): QuantileLevels | undefined {
  const found = parseJson(text);
  if (!Array.isArray(found)) return undefined;
  const levels = found.filter((level) => typeof level === 'number');
  const [first, ...rest] = levels;
  return first === undefined || levels.length !== found.length ? undefined : [first, ...rest];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
