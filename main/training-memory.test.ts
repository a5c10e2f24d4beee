import { expect, test } from 'vitest';
import { refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { TEN } from '../test/builders.ts';
import { trainingMemory } from './training-memory.ts';

const signal = new AbortController().signal;
const entry = (name: string, value: number): SettingEntry => ({
  name,
  value,
  changedBy: 'training',
  at: TEN,
});

test('what cannot be written is held, told once, and written when it can be', async () => {
  const kept = new Map<string, SettingEntry>([['choice/a', entry('choice/a', 1)]]);
  const warnings: string[] = [];
  let isAway = true;
  const memory = trainingMemory(
    {
      entries: () => [...kept.values()],
      async set(entries) {
        if (isAway) throw refusal('STORE_UNAVAILABLE', 'forbidden');
        for (const one of entries) kept.set(one.name, one);
      },
    },
    { ...silentLog, warn: (_, text) => void warnings.push(text ?? '') },
  );
  const values = () => memory.entries().map(({ name, value }) => [name, value]);
  await memory.set([entry('choice/a', 2)], signal);
  await memory.set([entry('choice/b', 3)], signal);
  const all = [
    ['choice/a', 2],
    ['choice/b', 3],
  ];
  expect(values()).toEqual(all);
  expect(warnings).toHaveLength(1);
  isAway = false;
  await memory.set([], signal);
  expect([...kept.values()].map(({ name, value }) => [name, value])).toEqual(all);
  expect(values()).toEqual(all);
});

test('the end of the program is no reason to hold anything', async () => {
  const stop = AbortSignal.abort(new Error('stopped'));
  const settings = { entries: () => [], set: () => Promise.reject(new Error('cut')) };
  await expect(trainingMemory(settings, silentLog).set([], stop)).rejects.toThrow('stopped');
});
