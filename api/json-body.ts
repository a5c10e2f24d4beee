import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendText, TEXTS } from './contract-texts.ts';

export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

const DEEPEST = 32;

/** Bodies reach the handlers as bytes: each contract has its own words for one that is not JSON. */
export function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_, body, done) => {
    done(null, body);
  });
}

/** `application/json`, in any case, with no charset but UTF-8. */
function isJsonType(contentType: string | undefined): boolean {
  const [media, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (media?.trim() !== 'application/json') return false;
  return parameters
    .map((parameter) => parameter.trim())
    .every((one) => !one.startsWith('charset=') || /^charset="?utf-?8"?$/.test(one));
}

/** A hook of the routes whose answer to another content type is fixed by contract; the body is not read. */
export async function requireJson(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!isJsonType(request.headers['content-type'])) await sendText(reply, 415, TEXTS.contentType);
}

export const bodyOf = (request: FastifyRequest): JsonBody =>
  parseJson(request.body instanceof Uint8Array ? request.body : new Uint8Array());

/**
 * Reads JSON strictly: UTF-8 only, no name twice in one object (RFC 8259 leaves open which one would
 * count), nesting no deeper than 32.
 */
export function parseJson(body: Uint8Array): JsonBody {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    const why = defectOf(text);
    return why === undefined ? { ok: true, value } : { ok: false, why };
  } catch {
    return { ok: false, why: 'not JSON in UTF-8' };
  }
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(?<isName>\s*:)?|[{}[\]]/g;

/** @param text valid JSON, so that a string before a colon is a name. */
function defectOf(text: string): string | undefined {
  const open: Set<unknown>[] = [];
  for (const { 0: token, groups } of text.matchAll(TOKENS)) {
    if (groups?.['isName'] !== undefined) {
      if (!isNew(nameIn(token), open.at(-1))) return 'a name stands twice in one object';
    } else if (token === '}' || token === ']') open.pop();
    else if (!token.startsWith('"')) open.push(new Set());
    if (open.length > DEEPEST) return `nested deeper than ${DEEPEST}`;
  }
  return undefined;
}

/** The name as it is meant: `"\u0061"` is `"a"`. */
const nameIn = (token: string): unknown => JSON.parse(token.slice(0, token.lastIndexOf('"') + 1));

function isNew(name: unknown, names: Set<unknown> | undefined): boolean {
  const size = names?.size;
  return names?.add(name).size !== size;
}
