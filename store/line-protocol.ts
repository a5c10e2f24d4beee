import { gunzipSync, gzipSync } from 'node:zlib';
import { refusal } from '../domain/errors.ts';
import type { EpochMs } from '../domain/units.ts';

/* InfluxDB's line protocol, as much of it as we write. Times are milliseconds. */

/** A document longer than this is kept compressed: the results of 10,000 components are a megabyte. */
const LONG_DOCUMENT = 64 * 1024;
/** InfluxDB takes strings of 1 MiB; half of it leaves room for the escapes. */
const LONGEST_STRING = 512 * 1024;
const LARGEST_DOCUMENT = 64 * 1024 * 1024;
const COMPRESSED = 'gzip:';

/** `0.5`; the caller has refused what is not finite. */
export const float = (value: number): string => String(value);
/** `15i`. */
export const integer = (value: number): string => `${value}i`;
/** `"…"`, with its quotes and backslashes escaped. */
export const text = (value: string): string => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

/**
 * A JSON document as a string field; {@link readDocument} reads it back.
 *
 * @throws {SelfScalingError} `LIMIT_EXCEEDED` when it is too long even when compressed.
 */
export function document(json: string): string {
  const short =
    json.length <= LONG_DOCUMENT ? json : COMPRESSED + gzipSync(json).toString('base64');
  const field = text(short);
  if (Buffer.byteLength(field) > LONGEST_STRING) {
    throw refusal('LIMIT_EXCEEDED', `a document may have ${LONGEST_STRING} bytes when compressed`);
  }
  return field;
}

/** The JSON text of a field that {@link document} made; empty, which is no JSON, when it is damaged. */
export function readDocument(stored: string): string {
  if (!stored.startsWith(COMPRESSED)) return stored;
  try {
    const packed = Buffer.from(stored.slice(COMPRESSED.length), 'base64');
    return gunzipSync(packed, { maxOutputLength: LARGEST_DOCUMENT }).toString();
  } catch {
    return '';
  }
}

/**
 * What every line of one series begins with: the measurement and its tags.
 *
 * @param tags sorted by name, values as `names.ts` lets them pass: nothing in them needs an escape.
 */
export const series = (measurement: string, tags: Readonly<Record<string, string>>): string =>
  [measurement, ...Object.entries(tags).map(([name, value]) => `${name}=${value}`)].join(',');

/** One point: all fields of its measurement, because a point keeps those that a later line leaves out. */
export const line = (
  start: string,
  fields: Readonly<Record<string, string>>,
  at: EpochMs,
): string => {
  const members = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `${start} ${members.join(',')} ${at}`;
};
