import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import { isRefusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { epochMs, STEP, type EpochMs } from '../domain/units.ts';
import { aBucket, TEN } from '../test/builders.ts';
import { spillableStore } from '../test/spillable-store.ts';
import { openSpillFiles } from './spill-files.ts';
import { withSpill } from './spill.ts';

const { signal } = new AbortController();
const LIMIT = 1024 * 1024;
const at = (steps: number): EpochMs => epochMs(TEN + steps * STEP);
const named = (component: string, about: Partial<UsageBucket> = {}): UsageBucket =>
  aBucket({ key: { namespace: 'shop', component }, ...about });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spill-'));
  return () => rm(directory, { recursive: true, force: true });
});

const opened = async (store = spillableStore(), limitBytes = LIMIT, folder = directory) => ({
  store,
  spill: await withSpill(store, { directory: folder, limitBytes }, silentLog, () => TEN),
});
const files = async (folder = directory): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();

test('a full spill refuses, and drops nothing that it has acknowledged', async () => {
  const { store, spill } = await opened(spillableStore(), 2000);
  store.goes(true);
  const acknowledged: UsageBucket[] = [];
  const refusals: unknown[] = [];
  for (let steps = 0; steps < 50; steps += 1) {
    const bucket = aBucket({ start: at(steps) });
    const refused = await spill.appendHistory([bucket], signal).catch((error: unknown) => error);
    if (refused === undefined) acknowledged.push(bucket);
    else refusals.push(refused);
  }
  const full = { code: 'STORE_UNAVAILABLE', message: 'the spill is full' };
  expect(refusals[0]).toMatchObject(full);
  expect(spill.spilled().bytes).toBeLessThanOrEqual(2000);
  expect(acknowledged.length).toBeGreaterThan(2);
  expect(acknowledged.length).toBeLessThan(50);
  store.goes(false);
  await spill.drain(signal);
  expect(store.history).toEqual(acknowledged);
  await spill.appendHistory([aBucket({ start: at(99) })], signal);
  expect(store.history.at(-1)).toEqual(aBucket({ start: at(99) }));
});

describe('after a crash', () => {
  const spilled = async (...components: string[]): Promise<string> => {
    const { store, spill } = await opened();
    store.goes(true);
    for (const component of components) await spill.appendHistory([named(component)], signal);
    const [segment] = await files();
    return segment!;
  };

  test('a torn last frame is cut wherever it is torn, and every frame before it is kept', async () => {
    const segment = await spilled('one', 'two', 'three');
    const whole = await readFile(segment);
    const lastFrame = whole.lastIndexOf('\n#') + 1;
    for (let cut = lastFrame; cut < whole.length; cut += 41) {
      await writeFile(segment, whole);
      await truncate(segment, cut);
      const copy = `${directory}-cut`;
      await cp(directory, copy, { recursive: true });
      const { store, spill } = await opened(spillableStore(), LIMIT, copy);
      await spill.appendHistory([named('later')], signal);
      await spill.drain(signal);
      await rm(copy, { recursive: true });
      expect(store.history).toEqual([named('one'), named('two'), named('later')]);
    }
  });

  test('a damaged frame is set aside with its segment, and its neighbours are kept', async () => {
    const segment = await spilled('one', 'two', 'three');
    const damaged = await readFile(segment);
    damaged.fill(0, damaged.indexOf('\n#') + 30, damaged.indexOf('\n#') + 40);
    await writeFile(segment, damaged);
    const { store, spill } = await opened();
    await spill.drain(signal);
    expect(store.history).toEqual([named('one'), named('three')]);
    const [aside] = await files();
    expect(aside).toBe(join(directory, 'damaged', 'history-2026-11-24-00000001.spill'));
    expect(await readFile(aside!)).toEqual(damaged);
  });

  test('a segment without one sound frame does not stop the start', async () => {
    const segment = await spilled('one');
    await writeFile(segment, 'nonsense that is longer than any header');
    const { spill } = await opened();
    expect(spill.spilled()).toEqual({ bytes: 0, frames: 0 });
  });
});

test('a directory that cannot be used is a fault of the configuration', async () => {
  const file = join(directory, 'a-file');
  await writeFile(file, '');
  const failure = await opened(spillableStore(), LIMIT, join(file, 'spill')).catch(
    (e: unknown) => e,
  );
  expect(isRefusal(failure, 'CONFIG_INVALID')).toBe(true);
});

test('a long outage fills several segments; what is dropped goes from the front, segment by segment', async () => {
  const reopened = () => openSpillFiles(directory, LIMIT, silentLog, 200);
  const before = await reopened();
  for (let index = 0; index < 20; index += 1) await before.append('history-2026-11-24', [index]);
  const names = await files();
  expect(names.length).toBeGreaterThan(2);
  await before.drop('history-2026-11-24', 11);
  expect((await files()).length).toBeLessThan(names.length);
  const after = await reopened();
  await after.append('history-2026-11-24', [20]);
  const places = after.frames('history-2026-11-24');
  const found = (await Promise.all(places.map((place) => after.read(place)))).flat();
  expect(found).toEqual(expect.arrayContaining([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]));
  expect(found).toEqual(found.toSorted((a, b) => Number(a) - Number(b)));
  await after.drop('history-2026-11-24', places.length);
  expect(await readdir(directory)).toEqual([]);
  expect(await after.read(places[0]!)).toBeUndefined();
});
