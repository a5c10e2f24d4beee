import type { ComponentKey, Resource } from '../domain/component.ts';
import type { QuantileLevels } from '../domain/forecast.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import { durationMs, epochMs, type EpochMs } from '../domain/units.ts';

const VERSION = 1;
const MS_A_SECOND = 1000;
/** Digits that name a Float32 and no other. */
const FLOAT32_DIGITS = 9;
const BYTES_A_VALUE = 2;

/** Whose issue, and when: what a store keeps beside the document. */
type Heading = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly issuedAt: EpochMs;
};

/** `{"v":1,"start":s,"step":s,"levels":[…],"scales":[…],"model":…,"run":…,"values":"<base64, Uint16 little endian>"}`. */
export const issueDocument = ({
  start,
  step,
  levels,
  scales,
  model,
  run,
  values,
}: PackedIssue): string =>
  JSON.stringify({
    v: VERSION,
    start: start / MS_A_SECOND,
    step: step / MS_A_SECOND,
    levels,
    scales: Array.from(scales, (scale) => Number(scale.toPrecision(FLOAT32_DIGITS))),
    model,
    run,
    values: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  });

/** `undefined` for a document that does not parse or is misshapen: then it is no forecast. */
export function parseIssue(
  { key, resource, issuedAt }: Heading,
  doc: string,
): PackedIssue | undefined {
  const found = parsed(doc);
  if (!isIssueDocument(found)) return undefined;
  const { levels, scales, model, run } = found;
  const values = new Uint16Array(Buffer.byteLength(found.values, 'base64') / BYTES_A_VALUE);
  const written = Buffer.from(values.buffer).write(found.values, 'base64');
  const isWhole =
    written === values.byteLength && written > 0 && values.length % levels.length === 0;
  if (!isWhole || scales.length !== levels.length) return undefined;
  return {
    key,
    resource,
    issuedAt,
    start: epochMs(found.start * MS_A_SECOND),
    step: durationMs(found.step * MS_A_SECOND),
    levels,
    scales: Float32Array.from(scales),
    values,
    model,
    run,
  };
}

type IssueDocument = {
  readonly start: number;
  readonly step: number;
  readonly levels: QuantileLevels;
  readonly scales: readonly number[];
  readonly model: string;
  readonly run: string;
  readonly values: string;
};

function parsed(doc: string): unknown {
  try {
    return JSON.parse(doc);
  } catch {
    return undefined;
  }
}

function isIssueDocument(found: unknown): found is IssueDocument {
  if (typeof found !== 'object' || found === null) return false;
  const members = new Map<string, unknown>(Object.entries(found));
  const levels = members.get('levels');
  const step = members.get('step');
  return (
    members.get('v') === VERSION &&
    Number.isFinite(members.get('start')) &&
    typeof step === 'number' &&
    step > 0 &&
    isNumbers(levels) &&
    levels.every((level, index) => level > (levels[index - 1] ?? 0) && level < 1) &&
    isNumbers(members.get('scales')) &&
    ['model', 'run', 'values'].every((name) => typeof members.get(name) === 'string')
  );
}

/** At least one, all finite, none negative. */
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => Number.isFinite(one) && one >= 0);
