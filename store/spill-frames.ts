import { crc32, gunzipSync, gzipSync } from 'node:zlib';

/*
 * A frame is `#<bytes> <crc32, hex>\n`, that many bytes, `\n`. The bytes are a compressed JSON list of
 * buckets or decisions, not line protocol: so the spill can stand before every store, what it holds can
 * be read back, and a store's own rules (fewer samples never overwrite more) hold when it drains. The
 * collector writes an open bucket each minute, so a list is much like the one before: it compresses to
 * a tenth.
 */

const HASH = 0x23;
const NEWLINE = 0x0a;
const LONGEST_HEADER = 24;
const HEADER = /^#(?<bytes>\d{1,10}) (?<sum>[\da-f]{8})$/;
const LARGEST_LIST = 256 * 1024 * 1024;

/** Where in a segment the bytes of one whole, sound frame lie, without header and end. */
export type Frame = { readonly from: number; readonly to: number };

export type Scan = {
  readonly frames: readonly Frame[];
  /** Where the last sound frame ends: what comes after it can be cut. */
  readonly end: number;
  /** `torn`: only the last frame is incomplete, as after a crash. `damaged`: anything else is wrong. */
  readonly state: 'whole' | 'torn' | 'damaged';
};

export function encodeFrame(entries: readonly unknown[]): Buffer {
  const body = gzipSync(JSON.stringify(entries), { level: 1 });
  return Buffer.concat([Buffer.from(`#${body.length} ${sumOf(body)}\n`), body, Buffer.from('\n')]);
}

/** The entries of a frame whose checksum was right; `undefined` when it is still no list. */
export function decodeFrame(body: Buffer): readonly unknown[] | undefined {
  try {
    const entries: unknown = JSON.parse(
      gunzipSync(body, { maxOutputLength: LARGEST_LIST }).toString(),
    );
    return Array.isArray(entries) ? entries : undefined;
  } catch {
    return undefined;
  }
}

/** Finds every sound frame; after a wrong one it goes on at the next header that fits. */
export function scanFrames(segment: Buffer): Scan {
  const frames: Frame[] = [];
  let end = 0;
  let at = 0;
  let isDamaged = false;
  while (at < segment.length) {
    const found = frameAt(segment, at);
    if (found.kind === 'sound') {
      isDamaged ||= at !== end;
      frames.push(found.frame);
      end = found.frame.to + 1;
      at = end;
    } else {
      isDamaged ||= found.kind === 'wrong';
      at = nextHeader(segment, at + 1);
    }
  }
  if (isDamaged) return { frames, end, state: 'damaged' };
  return { frames, end, state: end === segment.length ? 'whole' : 'torn' };
}

type Found =
  | { readonly kind: 'sound'; readonly frame: Frame }
  /** All its bytes are there, and they are not what was written. */
  | { readonly kind: 'wrong' }
  /** It, or its header, goes beyond the end. */
  | { readonly kind: 'incomplete' };

function frameAt(segment: Buffer, at: number): Found {
  const newline = segment.subarray(at, at + LONGEST_HEADER).indexOf(NEWLINE);
  if (newline === -1) {
    return { kind: segment.length - at < LONGEST_HEADER ? 'incomplete' : 'wrong' };
  }
  const { bytes, sum } = HEADER.exec(segment.toString('latin1', at, at + newline))?.groups ?? {};
  if (bytes === undefined) return { kind: 'wrong' };
  const from = at + newline + 1;
  const to = from + Number(bytes);
  if (to >= segment.length) return { kind: 'incomplete' };
  const isSound = segment[to] === NEWLINE && sumOf(segment.subarray(from, to)) === sum;
  return isSound ? { kind: 'sound', frame: { from, to } } : { kind: 'wrong' };
}

function nextHeader(segment: Buffer, from: number): number {
  for (let at = segment.indexOf(HASH, from); at !== -1; at = segment.indexOf(HASH, at + 1)) {
    if (frameAt(segment, at).kind === 'sound') return at;
  }
  return segment.length;
}

const sumOf = (body: Uint8Array): string => crc32(body).toString(16).padStart(8, '0');
