const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a, 32 bits, of the UTF-8 bytes: the same on every machine, so that processes agree without talking.
 * @see Fowler, Noll, Vo, Eastlake, The FNV Non-Cryptographic Hash Algorithm (RFC 9923).
 */
export function fnv1a(text: string): number {
  let hash = OFFSET;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
