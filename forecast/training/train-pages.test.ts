import { describe, expect, test } from 'vitest';
import { TEN } from '../../test/builders.ts';
import { aStore, failingFor, NOW, portsOf, shop, signal, train } from '../../test/training.ts';
import { idOf } from '../../domain/component.ts';
import { days, epochMs, hours, STEP, type EpochMs } from '../../domain/units.ts';
import type { ChoiceKeeper, SeriesMemory } from './choice-memory.ts';
import type { SeriesJob } from './job.ts';
import type { TrainJob } from './ports.ts';

describe('what is due', () => {
  const LATER = epochMs(NOW + STEP);
  const due = (now: EpochMs, about: Partial<TrainJob> = {}): Partial<TrainJob> => ({
    choose: 'due',
    now,
    ...about,
  });
  const tasksOf = (asked: readonly SeriesJob[]): string[] =>
    asked.map(({ key, resource, task }) => `${task} ${resource} of ${key.component}`);
  test('is everything at first, and nothing a step later: forecasts are renewed', async () => {
    const store = aStore({ cart: 5 * 24 }, LATER);
    const asked: SeriesJob[] = [];
    const ports = portsOf(
      store,
      failingFor(() => false, asked),
    );
    expect(await train(ports, due(NOW))).toMatchObject([{ result: 'trained' }]);
    expect(await train(ports, due(LATER))).toMatchObject([{ result: 'reused' }]);
    expect(tasksOf(asked)).toEqual([
      'choose cpu of cart',
      'choose memory of cart',
      'renew cpu of cart',
      'renew memory of cart',
    ]);
    expect(store.issued.map(({ issued }) => [issued.issuedAt, issued.forecast.start])).toEqual([
      [NOW, TEN],
      [NOW, TEN],
      [LATER, TEN + STEP],
      [LATER, TEN + STEP],
    ]);
    expect(new Set(store.issued.map(({ issued }) => issued.model)).size).toBe(1);
  });
  test('is read anew; of the rest only what came since', async () => {
    const store = aStore({ cart: 5 * 24 }, LATER);
    const ports = portsOf(store);
    await train(ports, due(NOW));
    const before = store.reads.length;
    await train(ports, due(LATER));
    expect(store.reads.slice(before).map(({ window }) => (window.to - window.from) / STEP)).toEqual(
      [9, 9],
    );
  });
  test('is a component that was chosen for yesterday, in its turn of the night', async () => {
    const tomorrow = epochMs(NOW + days(1));
    const store = aStore({ cart: 5 * 24 }, tomorrow);
    const ports = portsOf(store);
    await train(ports, due(NOW));
    expect(await train(ports, due(tomorrow))).toMatchObject([{ result: 'trained' }]);
    const ages = [...ports.choices.remembered().values()].map(({ cpu }) => cpu?.at);
    expect(ages).toEqual([tomorrow]);
  });
  test('is a newcomer, as soon as it can be forecast', async () => {
    const store = aStore({ newcomer: 24.5 }, LATER);
    const ports = portsOf(store);
    // Its last step is known a step later.
    const first = await train(ports, due(NOW, { minimumHistoryMs: hours(24.5) }));
    expect(first).toMatchObject([{ result: 'skipped' }]);
    expect(await train(ports, due(LATER, { minimumHistoryMs: hours(24.5) }))).toMatchObject([
      { result: 'trained' },
    ]);
  });
  test('is whatever was chosen of members that are not known any more', async () => {
    const store = aStore({ cart: 5 * 24 }, LATER);
    const ports = portsOf(store);
    const gone: SeriesMemory = { at: NOW, since: NOW, parts: [['prophet', 1]], losses: [] };
    await ports.choices.remember(
      [{ key: shop('cart'), memory: { cpu: gone, memory: gone } }],
      signal,
    );
    expect(await train(ports, due(LATER))).toMatchObject([{ result: 'trained' }]);
  });
  test('is all when that is asked for', async () => {
    const ports = portsOf(aStore({ cart: 5 * 24 }, LATER));
    await train(ports, due(NOW));
    expect(await train(ports, { now: LATER })).toMatchObject([{ result: 'trained' }]);
  });
  test('a component that is forgotten is not forecast any more', async () => {
    const hoursOf: Record<string, number> = { cart: 48, web: 48 };
    const ports = portsOf(aStore(hoursOf, LATER));
    await train(ports, due(NOW));
    delete hoursOf['cart'];
    ports.choices.remembered().get('shop/cart');
    const forgetful: ChoiceKeeper = {
      ...ports.choices,
      remembered: () =>
        new Map([...ports.choices.remembered()].filter(([id]) => id !== 'shop/cart')),
    };
    const results = await train({ ...ports, choices: forgetful }, due(LATER));
    expect(results.map(({ key, result }) => [key.component, result])).toEqual([
      ['web', 'reused'],
      ['cart', 'skipped'],
    ]);
    const next = await train({ ...ports, choices: forgetful }, due(epochMs(LATER + 1)));
    expect(next.map(({ key }) => key.component)).toEqual(['web']);
  });
});

test('several shards leave behind what one does', async () => {
  const names = Array.from({ length: 7 }, (_, index) => [`c${index}`, 24] as const);
  const whole = aStore(Object.fromEntries(names));
  await train(portsOf(whole));
  const parts = aStore(Object.fromEntries(names));
  for (let index = 0; index < 3; index += 1)
    await train(portsOf(parts), { shard: { index, of: 3 } });
  const sorted = (store: ReturnType<typeof aStore>) =>
    store.issued.toSorted((a, b) =>
      `${idOf(a.key)} ${a.resource}`.localeCompare(`${idOf(b.key)} ${b.resource}`),
    );
  expect(sorted(parts)).toEqual(sorted(whole));
});
