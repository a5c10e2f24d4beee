import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Reply } from '../metrics-api/fixture.ts';

/** What is compared of two answers. */
export const PARTS = ['status', 'type', 'etag', 'cache-control', 'vary', 'body'] as const;
export type Part = (typeof PARTS)[number];

/** The parts in which two answers differ; bodies are compared as values, protobuf byte for byte. */
export const differingParts = (one: Reply, other: Reply): Part[] =>
  PARTS.filter((part) => !isDeepStrictEqual(partOf(one, part), partOf(other, part)));

/** One part of an answer, to be compared or shown. */
export function partOf(reply: Reply, part: Part): unknown {
  if (part === 'status') return reply.status;
  if (part === 'body') return bodyOf(reply);
  return reply.headers[part === 'type' ? 'content-type' : part];
}

function bodyOf({ headers, body, bytes }: Reply): unknown {
  const type = headers['content-type'] ?? '';
  try {
    if (type.startsWith('application/json') && body !== '') return JSON.parse(body) as unknown;
    if (type === 'application/yaml') return parse(body) as unknown;
  } catch {
    return body; // Said to be what it is not: then the letters count.
  }
  return type.includes('protobuf') ? bytes.toString('hex') : body;
}
