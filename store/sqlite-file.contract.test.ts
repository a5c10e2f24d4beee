import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog, type Log } from '../domain/log.ts';
import { waitingRun } from '../domain/run.ts';
import { cores, days, epochMs, STEP } from '../domain/units.ts';
import { aBucket, cart } from '../test/builders.ts';
import {
  aDecision,
  anIssueOf,
  aScore,
  aSetting,
  at,
  bucketsOf,
  component,
  LATELY,
  NOW,
  settingsOf,
  signal,
} from '../test/store-promises/builders.ts';
import { openSqliteStore } from './sqlite.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlite-store-'));
  path = join(folder, 'data', 'self-scaling.db');
});
afterEach(() => rm(folder, { recursive: true }));

const open = (log: Log = silentLog) => openSqliteStore({ path }, log);
const AWAY = { code: 'STORE_UNAVAILABLE' };

function listening(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  return { errors, log: { ...silentLog, error: (_, sentence) => errors.push(sentence) } };
}

/** Writes into the file as it lies on disk. */
async function scribble(offset: number, bytes: Uint8Array): Promise<void> {
  const content = await readFile(path);
  content.set(bytes, offset);
  await writeFile(path, content);
}

async function filled(): Promise<void> {
  await using store = await open();
  await store.appendHistory(
    Array.from({ length: 2000 }, (_, step) => aBucket({ start: at(-step) })),
    signal,
  );
  await store.set([aSetting()], signal);
}

describe('a database file', () => {
  test('is made with its folder, and holds everything when it is opened again', async () => {
    const run = waitingRun('train', 'rest', NOW);
    {
      await using store = await open();
      await store.appendHistory([aBucket({ start: at(-1) })], signal);
      await store.set([aSetting()], signal);
      await store.start(run, signal);
      await store.writeFuture([anIssueOf(1)], signal);
    }
    await using store = await open();
    expect(await bucketsOf(store)).toEqual([aBucket({ start: at(-1) })]);
    expect(await settingsOf(store)).toEqual([aSetting()]);
    expect(await store.get(run.id, signal)).toEqual(run);
    expect(await store.readFuture(LATELY, signal)).toHaveLength(1);
    const frozen: unknown[] = [];
    for await (const one of store.readVintages(1, LATELY, signal)) frozen.push(one);
    expect(frozen).toHaveLength(1);
  });

  test('is one file again when the store is closed; what was asked before is done', async () => {
    const store = await open();
    const written = store.set([aSetting()], signal);
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
    await written;
    expect(await readdir(join(folder, 'data'))).toEqual(['self-scaling.db']);
    await expect(store.set([aSetting()], signal)).rejects.toMatchObject(AWAY);
    await expect(bucketsOf(store)).rejects.toMatchObject(AWAY);
    expect(await store.check(signal)).toMatchObject({ ok: false });
    await using again = await open();
    expect(await settingsOf(again)).toEqual([aSetting()]);
  });

  test('may be opened by several at once, also when it is new', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(
      stores.map((store, index) =>
        store.set([aSetting({ name: `managed/shop/n${index}` })], signal),
      ),
    );
    for (const store of stores) expect(await settingsOf(store)).toHaveLength(3);
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });

  test('gives each waiting run to one of several takers only', async () => {
    const stores = await Promise.all([open(), open()]);
    const runs = Array.from({ length: 10 }, (_, index) =>
      waitingRun('train', 'rest', epochMs(NOW + index)),
    );
    for (const run of runs) await stores[0].start(run, signal);
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]!.take('train', NOW, signal)),
    );
    const ids = taken.flatMap((run) => run?.id ?? []);
    expect(ids.toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });

  test('of a newer program is refused, and not touched', async () => {
    await filled();
    // The schema's version is at byte 60 of the header. @see https://sqlite.org/fileformat2.html
    await scribble(60, Uint8Array.of(0, 0, 0, 99));
    const before = await readFile(path);
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/newer self-scaling \(schema 99, this one knows 2\)/),
    });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(join(folder, 'data'))).toEqual(['self-scaling.db']);
  });

  test('of another program is refused, and not touched', async () => {
    await filled();
    // The application's mark is at byte 68.
    await scribble(68, Uint8Array.of(1, 2, 3, 4));
    const before = await readFile(path);
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await readFile(path)).toEqual(before);
  });

  test('that is none is set aside, whole, and a new one is begun', async () => {
    await filled();
    await writeFile(path, 'this is no database, but somebody may want it back');
    const { log, errors } = listening();
    await using store = await open(log);
    expect(await settingsOf(store)).toEqual([]);
    expect(errors).toEqual(['the database was damaged and set aside; a new one was begun']);
    const [aside] = (await readdir(join(folder, 'data'))).filter((name) =>
      /\.corrupt-\d+$/.test(name),
    );
    expect(await readFile(join(folder, 'data', aside!), 'utf8')).toMatch(/^this is no database/);
  });

  test('that turns out to be damaged is set aside at the next call', async () => {
    await filled();
    const { size } = await stat(path);
    // The header, the schema and the settings are whole, so that opening succeeds.
    const middle = Math.floor(size / 2);
    await scribble(middle, new Uint8Array(size - middle).fill(0xa5));
    const { log, errors } = listening();
    await using store = await open(log);
    // The second call is made before the first is answered: it must not be acknowledged and then lost.
    const month = { from: epochMs(NOW - days(30)), to: NOW };
    const [reading, writing] = [bucketsOf(store, month), store.set([aSetting()], signal)];
    await expect(reading).rejects.toMatchObject(AWAY);
    await expect(writing).rejects.toMatchObject(AWAY);
    await store.appendHistory([aBucket({ start: at(-1) })], signal);
    expect(await bucketsOf(store)).toEqual([aBucket({ start: at(-1) })]);
    expect(errors).toEqual([
      'the database file is damaged',
      'the database was damaged and set aside; a new one was begun',
    ]);
  });

  test('that is a folder is a store that is away', async () => {
    await expect(openSqliteStore({ path: folder }, silentLog)).rejects.toMatchObject(AWAY);
  });

  test('in a folder that cannot be made is a store that is away', async () => {
    await writeFile(join(folder, 'data'), 'a file');
    await expect(open()).rejects.toMatchObject(AWAY);
  });

  test('that was removed while it was open is reported', async () => {
    await using store = await open();
    await rm(path);
    expect(await store.check(signal)).toEqual({
      ok: false,
      why: 'the file was removed or replaced while it was open',
    });
  });
});

describe('a call', () => {
  test('that is given up is left at once, and the next is answered', async () => {
    await using store = await open();
    const patience = new AbortController();
    const reason = new Error('the client has gone');
    const call = store.readBuckets(LATELY, patience.signal);
    patience.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(await bucketsOf(store)).toEqual([]);
  });

  test('to start a run again does not reset it', async () => {
    await using store = await open();
    const run = waitingRun('train', 'rest', NOW);
    await store.start(run, signal);
    await store.take('train', NOW, signal);
    await store.start(run, signal);
    expect(await store.get(run.id, signal)).toMatchObject({ state: 'running' });
  });

  test('decisions of two calls at one millisecond are all kept', async () => {
    await using store = await open();
    await store.appendDecisions([aDecision({ text: 'one' })], signal);
    await store.appendDecisions([aDecision({ text: 'two' })], signal);
    const found = await store.readDecisions(cart, LATELY, 10, signal);
    expect(found.map(({ text }) => text)).toEqual(['two', 'one']);
  });
});

describe('retention', () => {
  const retention = { historyMs: days(90), evalMs: days(365) };

  test('deletes what is older than its time, and nothing else', async () => {
    await using store = await open();
    const old = waitingRun('train', 'rest', epochMs(NOW - days(366)));
    const run = waitingRun('train', 'rest', epochMs(NOW - days(364)));
    const edge = epochMs(NOW - days(90));
    await store.appendHistory(
      [edge, epochMs(edge - 900_000), NOW].map((start) => aBucket({ start })),
      signal,
    );
    await store.writeFuture([anIssueOf(1)], signal);
    await store.writeFuture(
      [{ ...anIssueOf(1, { issuedAt: epochMs(NOW - days(3)) }), key: component('api') }],
      signal,
    );
    for (const { createdAt } of [old, run]) {
      await store.writeScores([aScore({ at: createdAt })], signal);
      await store.appendDecisions([aDecision({ at: createdAt })], signal);
      await store.start(waitingRun('train', 'rest', createdAt), signal);
    }
    await store.set([aSetting({ at: old.createdAt })], signal);
    await store.expire(NOW, retention, signal);
    const ever = { from: epochMs(0), to: epochMs(NOW + days(1)) };
    expect((await bucketsOf(store, ever)).map(({ start }) => start)).toEqual([edge, NOW]);
    expect((await store.readFuture(ever, signal)).map(({ key }) => key)).toEqual([cart]);
    expect((await store.readScores(ever, signal)).map((each) => each.at)).toEqual([run.createdAt]);
    expect(await store.list(ever, signal)).toEqual([]);
    expect(await store.readDecisions(undefined, ever, 10, signal)).toHaveLength(1);
    expect(await settingsOf(store)).toEqual([aSetting({ at: old.createdAt })]);
  });

  test('of vintages each is kept for four days, each fifth for thirty', async () => {
    await using store = await open();
    const NOON = epochMs(20_770 * days(1));
    const steps = [1, 3, 5, 29, 31].flatMap((age) =>
      [0, 1, 2, 3, 4].map((step) => epochMs(NOON - days(age) + step * STEP)),
    );
    for (const issuedAt of steps) {
      const { issued } = anIssueOf(1);
      const forecast = { ...issued.forecast, start: issuedAt };
      await store.writeFuture(
        [{ ...anIssueOf(1), issued: { ...issued, issuedAt, forecast } }],
        signal,
      );
    }
    await store.expire(NOON, retention, signal);
    const ages = new Map<number, number>();
    const ever = { from: epochMs(0), to: epochMs(NOON + days(1)) };
    for await (const one of store.readVintages(1, ever, signal)) {
      const age = Math.round((NOON - one.at) / days(1));
      ages.set(age, (ages.get(age) ?? 0) + 1);
    }
    expect(Object.fromEntries(ages)).toEqual({ 1: 5, 3: 5, 5: 1, 29: 1 });
  });

  test('runs, of which there are a hundred a day, are kept for thirty days at most', async () => {
    await using store = await open();
    const ages = [29, 31].map((age) => epochMs(NOW - days(age)));
    for (const createdAt of ages) {
      await store.start(waitingRun('train', 'schedule', createdAt), signal);
      await store.appendDecisions([aDecision({ at: createdAt })], signal);
    }
    await store.expire(NOW, retention, signal);
    const ever = { from: epochMs(0), to: NOW };
    expect((await store.list(ever, signal)).map(({ createdAt }) => createdAt)).toEqual([ages[0]]);
    expect(await store.readDecisions(undefined, ever, 10, signal)).toHaveLength(2);
  });

  test('after 200 days of silence the settings are still there', async () => {
    await using store = await open();
    await store.set([aSetting()], signal);
    await store.expire(epochMs(NOW + days(200)), retention, signal);
    expect(await settingsOf(store)).toEqual([aSetting()]);
  });

  test('deletes more than one portion, and the file becomes smaller', async () => {
    const store = await open();
    const written = Array.from({ length: 25_000 }, (_, index) =>
      aBucket({
        key: component(`part-${index % 5}`),
        start: at(-Math.floor(index / 5)),
        cpu: cores(index),
      }),
    );
    await store.appendHistory(written, signal);
    await store[Symbol.asyncDispose]();
    const before = await stat(path);
    const again = await open();
    await again.expire(epochMs(NOW + days(91)), retention, signal);
    expect(await again.lastSeen({ from: epochMs(0), to: NOW }, signal)).toEqual([]);
    await again[Symbol.asyncDispose]();
    expect((await stat(path)).size).toBeLessThan(before.size / 4);
  });
});
