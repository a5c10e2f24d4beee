import { createHash, timingSafeEqual } from 'node:crypto';
import { refusal } from '../domain/errors.ts';

export type Role = 'viewer' | 'editor';
/** One line of the token file; the token itself is nowhere. */
export type TokenEntry = {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly sha256: string;
};

const LINE = /^(?<name>\S+)\s+(?<role>viewer|editor)\s+sha256:(?<sha256>[0-9a-f]{64})$/i;

/**
 * Reads a token file: `name role sha256:<hex>` a line; empty lines and `#` comments are passed over.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` naming every wrong line by its number, never its content.
 */
export function parseTokens(content: string): TokenEntry[] {
  const lines = content.split('\n').map((line) => line.trim());
  const read = lines.map((line) =>
    line === '' || line.startsWith('#') ? 'passed' : entryOf(line),
  );
  const wrong = read.flatMap((entry, index) => (entry === undefined ? [index + 1] : []));
  if (wrong.length > 0) {
    throw refusal(
      'CONFIG_INVALID',
      `tokens file, line ${wrong.join(', ')}: must be \`name viewer|editor sha256:<64 hex digits>\``,
      { details: { lines: wrong } },
    );
  }
  return read.filter((entry) => entry !== 'passed' && entry !== undefined);
}

function entryOf(line: string): TokenEntry | undefined {
  const { name, role, sha256 } = LINE.exec(line)?.groups ?? {};
  if (name === undefined || role === undefined || sha256 === undefined) return undefined;
  return {
    name,
    role: role.toLowerCase() === 'editor' ? 'editor' : 'viewer',
    sha256: sha256.toLowerCase(),
  };
}

export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Every entry is compared, each in constant time: how long it takes says nothing about the tokens. */
export function entryFor(token: string, entries: readonly TokenEntry[]): TokenEntry | undefined {
  const hash = hashOf(token);
  const matching = entries.filter(({ sha256 }) => {
    const known = Buffer.from(sha256, 'hex');
    return known.length === hash.length && timingSafeEqual(known, hash);
  });
  return matching[0];
}
