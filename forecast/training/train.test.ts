import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import {
  aStore,
  failingFor,
  FEW,
  inProcess,
  job,
  NOW,
  portsOf,
  shop,
  signal,
  train,
} from '../../test/training.ts';
import { refusal } from '../../domain/errors.ts';
import { bucketStart, days, epochMs, hours, STEP, toRfc3339 } from '../../domain/units.ts';
import type { Forecaster } from './ports.ts';
import { trainAll } from './train.ts';

describe('what is left behind', () => {
  test('a forecast of each resource, from the step after the last closed bucket, issued now', async () => {
    const store = aStore({ cart: 14 * 24 });
    await train(portsOf(store));
    expect(store.issued.map(({ key, resource, issued }) => [key, resource, issued])).toEqual(
      ['cpu', 'memory'].map((resource) => [
        shop('cart'),
        resource,
        expect.objectContaining({
          issuedAt: NOW,
          run: 'train-1',
          forecast: expect.objectContaining({ start: bucketStart(NOW, STEP), step: STEP }),
        }),
      ]),
    );
  });
  test.each([
    [
      'two days even when one is asked for: hold time and lead must be covered until the next run',
      1,
      192,
    ],
    ['as many days as are asked for', 3, 288],
    ['a part of a day too', 2.01, 193],
  ])('reaches %s', async (_, futureDays, horizon) => {
    const store = aStore({ cart: 48 });
    await train(portsOf(store), { futureDays });
    expect(store.issued.map(({ issued }) => issued.forecast.values[0]!.length)).toEqual([
      horizon,
      horizon,
    ]);
  });
  test('the scores of every model that could be tried', async () => {
    const store = aStore({ cart: 14 * 24 });
    await train(portsOf(store));
    expect(store.scores.map(({ resource, model }) => `${resource} ${model}`)).toEqual(
      ['cpu', 'memory'].flatMap((resource) => FEW.map(({ name }) => `${resource} ${name}`)),
    );
  });
});

test('runs of one day score one day, so that the last of them is what is kept of it', async () => {
  const store = aStore({ cart: 14 * 24 });
  await train(portsOf(store));
  await train(portsOf(store), { now: epochMs(TEN + STEP) });
  expect(new Set(store.scores.map(({ at }) => toRfc3339(at)))).toEqual(
    new Set([`${toRfc3339(TEN).slice(0, 10)}T00:00:00Z`]),
  );
});

describe('what is read', () => {
  test.each([
    ['the days that are asked for', 14, days(14)],
    ['a day more than the minimum, lest one gap makes a component too short for ever', 1, days(2)],
  ])('%s', async (_, historyDays, length) => {
    const store = aStore({ cart: 48 });
    await train(portsOf(store), { historyDays });
    expect(store.reads.map(({ window }) => window)).toEqual([
      { from: epochMs(TEN - length), to: TEN },
      { from: epochMs(TEN - length), to: TEN },
    ]);
  });
  test('everybody in pages, and of each page the other resource', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
    const store = aStore(Object.fromEntries(names.map((name) => [name, 24])));
    const results = await train(portsOf(store));
    expect(store.reads.map(({ keys, resource }) => [keys.length, resource])).toEqual([
      ['everybody'.length, 'cpu'],
      [25, 'memory'],
      [5, 'memory'],
    ]);
    expect(results.map(({ key, result }) => [key.component, result])).toEqual(
      names.map((name) => [name, 'trained']),
    );
  });
});

describe('each component has a result', () => {
  test('trained, with the models that were chosen', async () => {
    expect(await train(portsOf(aStore({ cart: 24 })))).toEqual([
      {
        key: shop('cart'),
        result: 'trained',
        reason: 'cpu: seasonal-naive-day, memory: seasonal-naive-day',
      },
    ]);
  });
  test('skipped while its history is too short, with the date from which it is not', async () => {
    expect(await train(portsOf(aStore({ newcomer: 10 })))).toEqual([
      {
        key: shop('newcomer'),
        result: 'skipped',
        reason:
          'HISTORY_TOO_SHORT: have 10 h of history, need 24 h; usable from 2026-11-25T00:00:00Z',
      },
    ]);
  });
  test('a shorter minimum may be asked for', async () => {
    const results = await train(portsOf(aStore({ newcomer: 10 })), { minimumHistoryMs: hours(2) });
    expect(results).toMatchObject([{ result: 'trained' }]);
  });
  test("one component's failure stops no other", async () => {
    const store = aStore({ web: 48, cart: 48, idle: 48 });
    const ports = portsOf(
      store,
      failingFor(({ key }) => key.component === 'cart'),
    );
    const results = await train(ports);
    expect(results.map(({ key, result, reason }) => [key.component, result, reason])).toEqual([
      ['web', 'trained', 'cpu: seasonal-naive-day, memory: seasonal-naive-day'],
      ['cart', 'failed', 'TRAINING_FAILED: a hog'],
      ['idle', 'trained', 'cpu: seasonal-naive-day, memory: seasonal-naive-day'],
    ]);
    expect(store.issued.map(({ key }) => key.component)).toEqual(['web', 'web', 'idle', 'idle']);
  });
  test('one resource is enough to count as trained, and the other is named', async () => {
    const ports = portsOf(
      aStore({ cart: 48 }),
      failingFor(({ resource }) => resource === 'memory'),
    );
    expect(await train(ports)).toMatchObject([
      { result: 'trained', reason: 'cpu: seasonal-naive-day, memory: TRAINING_FAILED: a hog' },
    ]);
  });
});

test('progress counts the components that are done', async () => {
  const seen: unknown[] = [];
  const store = aStore({ web: 48, newcomer: 10 });
  await trainAll(portsOf(store), job, (...progress) => seen.push(progress.slice(0, 2)), signal);
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
  ]);
});

test('a store that is away ends the run, and the forecaster is put away', async () => {
  const store = aStore({ cart: 48 });
  let open = 0;
  const counting: Forecaster = {
    open: (plan, stop) => {
      open += 1;
      return {
        ...inProcess.open(plan, stop),
        async [Symbol.asyncDispose]() {
          open -= 1;
        },
      };
    },
  };
  const away = {
    writeFuture: () => Promise.reject(refusal('STORE_UNAVAILABLE', 'the store is away')),
  };
  const run = train({ ...portsOf(store, counting), future: away });
  await expect(run).rejects.toThrow('the store is away');
  expect(open).toBe(0);
});
