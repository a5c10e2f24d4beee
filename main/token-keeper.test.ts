import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SecretObject } from '../kube/secrets.ts';
import { tokenFolder, tokenSecret } from './token-keeper.ts';

const { signal } = new AbortController();

test('a folder keeps each token in a file that we alone read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-tokens-'));
  const keeper = tokenFolder(join(folder, 'made'));
  expect(await keeper.read('admin-token')).toBeUndefined();
  await keeper.keep('admin-token', 'abc');
  expect(await keeper.read('admin-token')).toBe('abc');
  const file = join(folder, 'made/admin-token');
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['abc\n', 0o600]);
  await rm(folder, { recursive: true });
});

test('a token that is there and cannot be read is not taken for none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-tokens-'));
  await mkdir(join(folder, 'admin-token'));
  await expect(tokenFolder(folder).read('admin-token')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('admin-token cannot be read'),
  });
  await rm(folder, { recursive: true });
});

test('a Secret keeps a token beside the others, and none over one that came meanwhile', async () => {
  const members = new Map([['admin-token', ' ']]);
  const secret: SecretObject = {
    read: async () => ({ members: new Map(members), resourceVersion: '1' }),
    async write(wanted, found) {
      for (const [name, text] of Object.entries(wanted)) members.set(name, text);
      return found;
    },
  };
  const keeper = tokenSecret(secret, 'Secret ns/store', signal);
  expect(await keeper.read('admin-token')).toBeUndefined();
  await keeper.keep('admin-token', 'abc');
  await expect(keeper.keep('admin-token', 'other')).rejects.toMatchObject({
    code: 'KUBE_CONFLICT',
    message: 'Secret ns/store got a admin-token meanwhile; run bootstrap again',
  });
  expect(members.get('admin-token')).toBe('abc');
});
