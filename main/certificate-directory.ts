import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Pair = { readonly cert: string; readonly key: string };
const OURS_ALONE = 0o600;

/**
 * Keeps the authority and the leaves as `<name>.crt` and `<name>.key` in a folder; keys are readable by us alone.
 *
 * A pair is put in place key first, then certificate, each by a rename: a reader sees a whole file or none, and a
 * certificate only when its key is there.
 */
export function certificateDirectory(directory: string) {
  const put = async (file: string, text: string): Promise<void> => {
    const path = join(directory, file);
    await writeFile(`${path}.new`, text, { mode: OURS_ALONE });
    await rename(`${path}.new`, path);
  };
  const get = async (file: string): Promise<string | undefined> => {
    try {
      return await readFile(join(directory, file), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
  return {
    /** The certificate of the adapter, and whom all must believe; the authority's key may be elsewhere. */
    async served(): Promise<(Pair & { readonly caBundle: string }) | undefined> {
      const [caBundle, cert, key] = [
        await get('ca.crt'),
        await get('adapter.crt'),
        await get('adapter.key'),
      ];
      if (caBundle === undefined || cert === undefined || key === undefined) return undefined;
      return { cert, key, caBundle };
    },
    async read(name: string): Promise<Pair | undefined> {
      const cert = await get(`${name}.crt`);
      const key = await get(`${name}.key`);
      return cert === undefined || key === undefined ? undefined : { cert, key };
    },
    async write(name: string, pair: Pair): Promise<void> {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await put(`${name}.key`, pair.key);
      await put(`${name}.crt`, pair.cert);
    },
  };
}
