import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

async function aFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-lock-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test('a folder that a running process has is refused, naming it', async () => {
  await using one = await aFolder();
  // The parent of this process runs for as long as the test does.
  await writeFile(join(one.folder, '.owner'), `${hostname()} ${process.ppid}\n`);
  await expect(lockFolder(one.folder, 'store.spillDirectory')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`in use by process ${process.ppid}`),
  });
});

test.each([
  ['a process that was killed', `${hostname()} 999999999\n`],
  ['an earlier life of this very process number', `${hostname()} ${process.pid}\n`],
  ['another machine', 'elsewhere 1\n'],
  ['nobody who can be named', ''],
])('what %s left is taken over', async (_, owner) => {
  await using one = await aFolder();
  await writeFile(join(one.folder, '.owner'), owner);
  const lock = await lockFolder(one.folder, 'store.spillDirectory');
  await lock[Symbol.asyncDispose]();
  expect(await readdir(one.folder)).toEqual([]);
});
