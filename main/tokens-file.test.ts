import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTokens } from './tokens-file.ts';

async function aFile(content: string, mode: number) {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-tokens-'));
  const file = join(folder, 'tokens');
  await writeFile(file, content);
  await chmod(file, mode);
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
const LINE = `anna editor sha256:${'a'.repeat(64)}`;

test.each([0o600, 0o400])('a file that is ours alone (%o) is read', async (mode) => {
  await using given = await aFile(LINE, mode);
  expect(readTokens(given.file)).toMatchObject([{ name: 'anna', role: 'editor' }]);
});

test.each([0o640, 0o604, 0o620, 0o660, 0o644])(
  'a file that others may open (%o) is refused',
  async (mode) => {
    await using given = await aFile(LINE, mode);
    expect(() => readTokens(given.file)).toThrow('others may open it: chmod 600');
  },
);

test('a mistake in a line is told with its number', async () => {
  await using given = await aFile(`${LINE}\nbert\n`, 0o600);
  expect(() => readTokens(given.file)).toThrow(/tokens cannot be used: tokens file, line 2/);
});
