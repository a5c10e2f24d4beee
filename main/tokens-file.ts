import { readFileSync, statSync } from 'node:fs';
import { parseTokens, type TokenEntry } from '../api/tokens.ts';
import { refusal } from '../domain/errors.ts';

const OF_OTHERS = 0o077;
const ROOT = 0;

/**
 * The tokens that open the management API. Read anew for each question, so that a change is in force at once.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` for a file that cannot be read, or that others may read or write.
 */
export function readTokens(file: string): readonly TokenEntry[] {
  try {
    const { mode, uid } = statSync(file);
    if ((mode & OF_OTHERS) !== 0) throw new Error('others may open it: chmod 600');
    if (uid !== ROOT && uid !== process.getuid?.()) throw new Error('it belongs to another user');
    return parseTokens(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal('CONFIG_INVALID', `controller.tokensFile: ${file} cannot be used: ${why}`, {
      cause,
    });
  }
}
