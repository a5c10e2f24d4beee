import { expect, test } from 'vitest';
import { cart, TEN } from '../test/builders.ts';
import { managedName, type SettingEntry } from '../domain/settings.ts';
import { settingsMirror } from './settings-mirror.ts';

const { signal } = new AbortController();
const managed = (value: boolean | null): SettingEntry => ({
  name: managedName(cart),
  value,
  changedBy: 'user:ann',
  at: TEN,
});

const keeper = (stored: SettingEntry[], away: { now: boolean }) => ({
  all: async () => {
    if (away.now) throw new Error('away');
    return [...stored];
  },
  set: async (entries: readonly SettingEntry[]) => {
    if (away.now) throw new Error('away');
    stored.push(...entries);
  },
});

const flagIn = (mirror: ReturnType<typeof settingsMirror>) =>
  mirror.entries().find(({ name }) => name === managedName(cart))?.value;

test('before the first read nothing is known, so nothing is said to be unmanaged', () => {
  const mirror = settingsMirror(keeper([], { now: false }));
  expect(() => flagIn(mirror)).toThrow('have not been read yet');
});

test('what was set is seen at once, and a removal too', async () => {
  const mirror = settingsMirror(keeper([], { now: false }));
  await mirror.refresh(signal);
  await mirror.set([managed(true)], signal);
  expect(flagIn(mirror)).toBe(true);
  await mirror.set([managed(null)], signal);
  expect(flagIn(mirror)).toBeUndefined();
});

test('who listens is told of a flag that changed, here or elsewhere, and of nothing else', async () => {
  const stored: SettingEntry[] = [];
  const mirror = settingsMirror(keeper(stored, { now: false }));
  await mirror.refresh(signal);
  let told = 0;
  const stop = mirror.onFlag(() => (told += 1));
  await mirror.set([managed(true)], signal);
  await mirror.set([{ ...managed(true), name: 'train-values' }], signal);
  await mirror.refresh(signal);
  expect(told).toBe(1);
  stored.splice(0, stored.length, managed(false));
  await mirror.refresh(signal);
  expect(told).toBe(2);
  stop();
  await mirror.set([managed(true)], signal);
  expect(told).toBe(2);
});

test('a store that is away takes no change, and the last known flags hold', async () => {
  const away = { now: false };
  const mirror = settingsMirror(keeper([managed(true)], away));
  await mirror.refresh(signal);
  away.now = true;
  await expect(mirror.set([managed(false)], signal)).rejects.toThrow('away');
  await expect(mirror.refresh(signal)).rejects.toThrow('away');
  expect(flagIn(mirror)).toBe(true);
});

test('what was read before a change and comes after it does not undo it', async () => {
  const stored: SettingEntry[] = [];
  const slow = Promise.withResolvers<void>();
  const plain = keeper(stored, { now: false });
  let reads = 0;
  const mirror = settingsMirror({
    ...plain,
    async all() {
      reads += 1;
      const seen = [...stored];
      if (reads === 2) await slow.promise;
      return seen;
    },
  });
  await mirror.refresh(signal);
  const refreshing = mirror.refresh(signal);
  await mirror.set([managed(true)], signal);
  slow.resolve();
  await refreshing;
  expect(flagIn(mirror)).toBe(true);
});
