import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMeasuring } from './energy-meter.ts';

async function powercap(packages: Readonly<Record<string, number>>) {
  const folder = await mkdtemp(join(tmpdir(), 'powercap-'));
  const set = async (name: string, energy: number): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'energy_uj'), `${energy}\n`);
    await writeFile(join(folder, name, 'max_energy_range_uj'), '1000000000\n');
  };
  for (const [name, energy] of Object.entries(packages)) await set(name, energy);
  return {
    folder,
    set,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

test('the energy of all packages is counted, over the end of a counter too; their parts are not', async () => {
  await using cap = await powercap({
    'intel-rapl:0': 5e6,
    'intel-rapl:0:0': 1e6,
    'intel-rapl:1': 999e6,
  });
  const end = await startMeasuring(cap.folder);
  await cap.set('intel-rapl:0', 7e6);
  await cap.set('intel-rapl:0:0', 9e6);
  await cap.set('intel-rapl:1', 2e6);
  expect((await end()).machine?.joules).toBeCloseTo(2 + 3, 6);
});

test.each([
  ['there are no counters', {}],
  ['a counter cannot be read', { 'intel-rapl:0': Number.NaN }],
])('where %s, the machine tells nothing', async (_, packages) => {
  await using cap = await powercap(packages);
  const end = await startMeasuring(cap.folder);
  expect(Object.keys(await end())).toEqual(['cpuSeconds', 'wallSeconds', 'rssBytes']);
});
