import { expect, test } from 'vitest';
import { LATELY, signal } from './store-promises/builders.ts';
import { createMemoryStore } from './memory-store.ts';
import { storeKeepsItsPromises } from './store-contract.ts';

storeKeepsItsPromises('memory', async () => createMemoryStore());

test('a memory store that is told to be away refuses, until it is back', async () => {
  const store = createMemoryStore();
  store.away = true;
  await expect(store.readBuckets(LATELY, signal)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
  expect(await store.check(signal)).toMatchObject({ ok: false });
  store.away = false;
  expect(await store.readBuckets(LATELY, signal)).toEqual([]);
});
