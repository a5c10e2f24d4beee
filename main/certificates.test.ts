import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../domain/log.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { TEN } from '../test/builders.ts';
import { ensureCertificates, readCertificates } from './certificates.ts';
import type { Parts } from './parts.ts';

/** As much of a process as certificates need, over a folder that goes with it. */
async function world() {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-certificates-'));
  const stop = new AbortController();
  const config = loadConfig({
    environment: {},
    flags: [`adapter.certificateDirectory=${join(folder, 'made')}`],
  });
  const parts = {
    config,
    clock: fakeClock(TEN),
    log: silentLog,
    life: { stopped: stop.signal },
  } as unknown as Parts;
  return {
    parts,
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test('processes that start at once over one folder have one authority', async () => {
  await using one = await world();
  const kept = await Promise.all(Array.from({ length: 4 }, () => ensureCertificates(one.parts)));
  expect(new Set(kept.map((each) => each.current().caBundle)).size).toBe(1);
  expect((await readCertificates(one.parts)).current()).toEqual(kept[0]?.current());
});

test('who only reads waits for who makes, and sees what was made anew', async () => {
  await using one = await world();
  const reading = readCertificates(one.parts);
  await ensureCertificates(one.parts);
  const read = await reading;
  expect(await read.round()).toBe(false);
  const before = read.current().cert;
  await rm(join(one.folder, 'made/adapter.crt'));
  await ensureCertificates(one.parts);
  expect(await read.round()).toBe(true);
  expect(read.current().cert).not.toBe(before);
});

test('nothing is left of the lock', async () => {
  await using one = await world();
  await mkdir(join(one.folder, 'made'));
  await ensureCertificates(one.parts);
  expect(await readdir(join(one.folder, 'made'))).toEqual([
    'adapter.crt',
    'adapter.key',
    'ca.crt',
    'ca.key',
  ]);
});

test('a folder that cannot be written is refused at once, with the way out', async () => {
  await using one = await world();
  await writeFile(join(one.folder, 'made'), 'a file, not a folder');
  await expect(ensureCertificates(one.parts)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/^adapter\.certificateDirectory: .* cannot be written/),
  });
});

test.skipIf(process.platform !== 'linux')(
  'nobody waits for a lock that cannot be taken',
  async () => {
    await using one = await world();
    const readOnly = loadConfig({ environment: {}, flags: ['adapter.certificateDirectory=/proc'] });
    await expect(ensureCertificates({ ...one.parts, config: readOnly })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  },
);
