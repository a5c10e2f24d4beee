import { expect, test } from 'vitest';
import type { ComponentKey } from '../domain/component.ts';
import { days, epochMs, hours, STEP } from '../domain/units.ts';
import { readinessKeeper } from './readiness-keeper.ts';

const NOW = epochMs(Date.parse('2026-11-24T10:03:00Z'));
const MINIMUM = hours(24);
const signal = new AbortController().signal;
const keyOf = (component: string): ComponentKey => ({ namespace: 'shop', component });
const [old, young, silent] = [keyOf('old'), keyOf('young'), keyOf('silent')];

/** Buckets of each component, up to now; each question is noted. */
const historyOf = (buckets: Readonly<Record<string, number>>) => {
  const asked: string[][] = [];
  return {
    asked,
    async *readHistory(keys: readonly ComponentKey[]) {
      asked.push(keys.map(({ component }) => component));
      for (const key of keys) {
        const count = buckets[key.component] ?? 0;
        if (count === 0) continue;
        const end = Math.floor(NOW / STEP);
        const starts = Float64Array.from({ length: count }, (_, index) => (end - 1 - index) * STEP);
        yield { key, starts, values: new Float64Array(count) };
      }
    },
  };
};

test('every component is at its stage; one that was never seen waits', async () => {
  const keeper = readinessKeeper(historyOf({ old: 8 * 96, young: 12 }), MINIMUM);
  expect(keeper.of(old)).toBeUndefined();
  await keeper.refresh([old, young, silent], NOW, signal);
  const stages = [old, young, silent].map((key) => keeper.of(key)?.stage);
  expect(stages).toEqual(['weekly', 'observing', 'waiting']);
  expect(keeper.of(young)?.usableFrom).toBe(Date.parse('2026-11-25T07:00:00Z'));
});

test('who has come to the end is not asked for again, and who is gone is forgotten', async () => {
  const history = historyOf({ old: 8 * 96, young: 12 });
  const keeper = readinessKeeper(history, MINIMUM);
  await keeper.refresh([old, young, silent], NOW, signal);
  await keeper.refresh([old, young], epochMs(NOW + STEP), signal);
  expect(history.asked).toEqual([['old', 'young', 'silent'], ['young']]);
  expect([keeper.of(old)?.stage, keeper.of(silent)]).toEqual(['weekly', undefined]);
});

test('within a step only those are asked for that are new', async () => {
  const history = historyOf({ old: 8 * 96, young: 12 });
  const keeper = readinessKeeper(history, MINIMUM);
  await keeper.refresh([young], NOW, signal);
  await keeper.refresh([young, silent], epochMs(NOW + 60_000), signal);
  expect(history.asked).toEqual([['young'], ['silent']]);
  expect(keeper.of(young)?.stage).toBe('observing');
});

test('many components are asked for in pages', async () => {
  const keys = Array.from({ length: 250 }, (_, index) => keyOf(`c${index}`));
  const history = historyOf({});
  await readinessKeeper(history, MINIMUM).refresh(keys, NOW, signal);
  expect(history.asked.map(({ length }) => length)).toEqual([100, 100, 50]);
});

test('a store that is away leaves what was known', async () => {
  const history = historyOf({ young: 12 });
  const keeper = readinessKeeper(history, MINIMUM);
  await keeper.refresh([young], NOW, signal);
  history.readHistory = () => {
    throw new Error('away');
  };
  await expect(keeper.refresh([young], epochMs(NOW + days(1)), signal)).rejects.toThrow('away');
  expect(keeper.of(young)?.stage).toBe('observing');
});
