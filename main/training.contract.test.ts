import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { fastClock, systemClock, type Clock } from '../domain/clock.ts';
import { silentLog } from '../domain/log.ts';
import { seededRandom } from '../domain/random.ts';
import { bytes, cores, days, epochMs, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { aBucket, TEN } from '../test/builders.ts';
import { openDirectStore } from './open-store.ts';
import type { Parts } from './parts.ts';
import { runBoard } from './run-board.ts';
import { settingsMirror } from './settings-mirror.ts';
import { trainOnce } from './training.ts';

/* A real store, and real child processes. */

const signal = AbortSignal.timeout(60_000);
const HISTORY_DAYS = 3;
const random = seededRandom(1);
const buckets = Array.from({ length: 9 }, (_, index) => `c${index}`).flatMap((component) =>
  Array.from({ length: HISTORY_DAYS * STEPS_A_DAY }, (_, step) => {
    const load = 2 + Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + random();
    return aBucket({
      key: { namespace: 'shop', component },
      start: epochMs(TEN - days(HISTORY_DAYS) + step * STEP),
      cpu: cores(load),
      memory: bytes(Math.round(load * 2 ** 28)),
    });
  }),
);

/** Stands still. */
const atTen: Clock = { ...fastClock(TEN, 0, systemClock), now: () => TEN };

async function trainer() {
  const config = loadConfig({
    environment: {},
    flags: ['store.kind=sqlite', 'store.path=:memory:', 'training.forks=1'],
  });
  const store = await openDirectStore(config.store, silentLog);
  await store.appendHistory(buckets, signal);
  const settings = settingsMirror(store);
  const board = runBoard(store, systemClock, () => TEN, silentLog);
  const parts = {
    config,
    store,
    settings,
    board,
    clock: atTen,
    log: silentLog,
  } as unknown as Parts;
  return { store, parts, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

async function leftBehind({ store }: Awaited<ReturnType<typeof trainer>>) {
  const issued = await store.readFuture({ from: epochMs(0), to: epochMs(TEN + days(1)) }, signal);
  const settings = await store.all(signal);
  const runs = await store.list({ from: epochMs(0), to: epochMs(TEN + days(1)) }, signal);
  return {
    issued: issued
      .map((issue) => ({ ...issue, run: '' }))
      .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b))),
    choices: settings.toSorted((a, b) => a.name.localeCompare(b.name)),
    results: runs.flatMap(({ results }) => results.map(({ key }) => key.component)).toSorted(),
    runs,
  };
}
const nameOf = ({ key, resource }: { key: { component: string }; resource: string }): string =>
  `${key.component} ${resource}`;

test('three shards leave behind what one does, and each records its run and what it took', async () => {
  await using whole = await trainer();
  await using shared = await trainer();
  await trainOnce(whole.parts, {}, signal);
  for (let index = 0; index < 3; index += 1) {
    await trainOnce(shared.parts, { shard: { index, of: 3 } }, signal);
  }
  const [one, three] = [await leftBehind(whole), await leftBehind(shared)];
  expect(one.issued).toHaveLength(18);
  expect(one.choices).toHaveLength(9);
  expect(three.issued).toEqual(one.issued);
  expect(three.choices).toEqual(one.choices);
  expect(three.results).toEqual(one.results);
  expect(three.runs.map(({ id, state }) => [id, state])).toEqual(
    expect.arrayContaining([0, 1, 2].map((index) => [`train-${TEN}-${index}of3`, 'done'])),
  );
  const [cost] = one.runs.map((run) => run.cost);
  expect(cost).toMatchObject({ series: 18 });
  expect(cost!.cpuSeconds).toBeGreaterThan(0.1);
  expect(cost!.wattHours).toBeGreaterThan(0);
});

test('a shard that is repeated writes over what it wrote', async () => {
  await using shared = await trainer();
  const shard = { index: 1, of: 3 };
  await trainOnce(shared.parts, { shard }, signal);
  const before = await leftBehind(shared);
  await trainOnce(shared.parts, { shard }, signal);
  const after = await leftBehind(shared);
  expect(after.issued).toEqual(before.issued);
  expect(after.choices.map(({ name }) => name)).toEqual(before.choices.map(({ name }) => name));
});

test('a run that is cut short fails, and nobody takes it up', async () => {
  await using whole = await trainer();
  const stop = new AbortController();
  const cut = trainOnce(whole.parts, { trained: async () => stop.abort() }, stop.signal);
  await expect(cut).rejects.toThrow('TRAINING_FAILED: the program ended before the run did');
  expect((await leftBehind(whole)).runs).toMatchObject([{ state: 'failed' }]);
});
