import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal } from '../domain/errors.ts';
import type { SecretObject } from '../kube/secrets.ts';

/** Where bootstrap leaves tokens: each is kept in the moment in which it is made, since nobody can read it again. */
export interface TokenKeeper {
  /** For messages. */
  readonly place: string;
  read(name: string): Promise<string | undefined>;
  keep(name: string, token: string): Promise<void>;
}

const OURS_ALONE = { directory: 0o700, file: 0o600 };
const text = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? undefined : value.trim();

/** A token that is there and cannot be read is not to be replaced: InfluxDB knows the old one, and nobody else would. */
const absentOr =
  (directory: string, name: string) =>
  (cause: unknown): undefined => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw refusal('CONFIG_INVALID', `--out: ${join(directory, name)} cannot be read`, { cause });
  };

/** A file each, put in place by a rename. */
export function tokenFolder(directory: string): TokenKeeper {
  return {
    place: directory,
    async read(name) {
      return text(await readFile(join(directory, name), 'utf8').catch(absentOr(directory, name)));
    },
    async keep(name, token) {
      await mkdir(directory, { recursive: true, mode: OURS_ALONE.directory });
      const path = join(directory, name);
      await writeFile(`${path}.new`, `${token}\n`, { mode: OURS_ALONE.file });
      await rename(`${path}.new`, path);
    },
  };
}

/** Members of one Secret that is there already. Of two jobs at once, the one that comes second is refused. */
export function tokenSecret(secret: SecretObject, place: string, signal: AbortSignal): TokenKeeper {
  return {
    place,
    read: async (name) => text((await secret.read(signal)).members.get(name)),
    async keep(name, token) {
      const found = await secret.read(signal);
      if (text(found.members.get(name)) !== undefined) {
        throw refusal('KUBE_CONFLICT', `${place} got a ${name} meanwhile; run bootstrap again`);
      }
      await secret.write({ [name]: token }, found, signal);
    },
  };
}
