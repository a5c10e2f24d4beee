import { expect, test } from 'vitest';
import { cart, TEN } from '../../test/builders.ts';
import { idOf, type ComponentKey, type Resource } from '../../domain/component.ts';
import { refusal } from '../../domain/errors.ts';
import { prepareHistory } from '../../domain/gaps.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import { days, epochMs, hours, STEP, type EpochMs, type Window } from '../../domain/units.ts';
import { recentRing } from './recent.ts';
import { WHOLE } from './shards.ts';

const signal = new AbortController().signal;
const web: ComponentKey = { namespace: 'shop', component: 'web' };
const windowTo = (to: EpochMs): Window => ({ from: epochMs(to - days(2)), to });
const valueAt = (start: number): number => Math.fround(2 + Math.sin(start / 1e7));

/** Has three days of everybody but for what is missing; counts what it is asked for. */
function aStore(missing: (key: ComponentKey, start: number) => boolean = () => false) {
  const windows: Window[] = [];
  const state = { isAway: false };
  const columnOf = (key: ComponentKey, { from, to }: Window): HistoryColumn => {
    const all = Float64Array.from(
      { length: (TEN - from + days(1)) / STEP },
      (_, step) => from + step * STEP,
    );
    const starts = all.filter((start) => start < to && !missing(key, start));
    return { key, starts, values: starts.map(valueAt) };
  };
  return {
    windows,
    state,
    columnOf,
    async *readHistory(_: unknown, resource: Resource, window: Window) {
      windows.push(window);
      yield columnOf(cart, window);
      if (state.isAway) throw refusal('STORE_UNAVAILABLE', 'the store is away');
      if (resource === 'cpu') yield columnOf(web, window);
    },
  };
}
const all = (ring: ReturnType<typeof recentRing>, window: Window) =>
  new Map([...ring.components(window, hours(1))].map((one) => [idOf(one.key), one]));

test('what is held is what the store has, read once', async () => {
  const store = aStore((_, start) => start % (7 * STEP) === 0);
  const ring = recentRing(store, days(2), WHOLE);
  for (let step = 0; step <= 40; step += 5) {
    await ring.update(windowTo(epochMs(TEN + step * STEP)), signal);
  }
  const window = windowTo(epochMs(TEN + 40 * STEP));
  const held = all(ring, window).get('shop/cart')?.cpu;
  expect(held).toEqual(prepareHistory(store.columnOf(cart, window), window, hours(1)));
  const lengths = store.windows.map(({ from, to }) => (to - from) / STEP);
  expect(lengths.slice(0, 4)).toEqual([192, 192, 13, 13]);
});

test('a resource without history is told as such; a component without any is gone', async () => {
  const silentSince = epochMs(TEN - days(1));
  const store = aStore((key, start) => key === web && start >= silentSince);
  const ring = recentRing(store, days(2), WHOLE);
  await ring.update(windowTo(TEN), signal);
  expect(all(ring, windowTo(TEN)).get('shop/web')?.memory).toMatchObject({
    ok: false,
    defect: { kind: 'empty' },
  });
  await ring.update(windowTo(epochMs(TEN + days(1))), signal);
  expect([...all(ring, windowTo(epochMs(TEN + days(1)))).keys()]).toEqual(['shop/cart']);
});

test('a bucket that comes an hour late is taken in', async () => {
  const late = epochMs(TEN - STEP);
  let isThere = false;
  const store = aStore((_, start) => start === late && !isThere);
  const ring = recentRing(store, days(2), WHOLE);
  await ring.update(windowTo(TEN), signal);
  isThere = true;
  const window = windowTo(epochMs(TEN + hours(1)));
  await ring.update(window, signal);
  const cpu = all(ring, window).get('shop/cart')?.cpu;
  expect(cpu?.ok && cpu.series.observed.every((seen) => seen === 1)).toBe(true);
});

test('what a store that was away did not tell is asked for again', async () => {
  const store = aStore();
  const ring = recentRing(store, days(2), WHOLE);
  store.state.isAway = true;
  await expect(ring.update(windowTo(TEN), signal)).rejects.toThrow('the store is away');
  store.state.isAway = false;
  const window = windowTo(epochMs(TEN + STEP));
  await ring.update(window, signal);
  expect([...all(ring, window).keys()]).toEqual(['shop/cart', 'shop/web']);
  expect(store.windows.at(-1)).toEqual(window);
});

test('a clock that was set back begins anew', async () => {
  const store = aStore();
  const ring = recentRing(store, days(2), WHOLE);
  await ring.update(windowTo(TEN), signal);
  const before = windowTo(epochMs(TEN - hours(5)));
  await ring.update(before, signal);
  expect(all(ring, before).get('shop/cart')?.cpu).toEqual(
    prepareHistory(store.columnOf(cart, before), before, hours(1)),
  );
});

test('what is read anew corrects what is held; nothing read, nothing is held', async () => {
  const ring = recentRing(
    aStore(() => true),
    days(2),
    WHOLE,
  );
  await ring.update(windowTo(TEN), signal);
  const column = aStore().columnOf(cart, windowTo(TEN));
  ring.correct(cart, { cpu: column, memory: column });
  expect(all(ring, windowTo(TEN)).get('shop/cart')?.memory.ok).toBe(true);
  const nothing = { key: cart, starts: new Float64Array(0), values: new Float64Array(0) };
  ring.correct(cart, { cpu: nothing, memory: nothing });
  expect(all(ring, windowTo(TEN)).size).toBe(0);
});
