import { beforeEach, describe, expect, test } from 'vitest';
import type { ComponentKey } from '../domain/component.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { aBucket, cart } from './builders.ts';
import type { Store } from './store-port.ts';
import {
  aDecision,
  anIssueOf,
  aScore,
  aSetting,
  at,
  bucketsOf,
  byText,
  columnsOf,
  component,
  keysOf,
  LATELY,
  settingsOf,
  signal,
} from './store-promises/builders.ts';
import { decisionsPromises } from './store-promises/decisions.ts';
import { futurePromises } from './store-promises/future.ts';
import { historyPromises } from './store-promises/history.ts';
import { runsPromises } from './store-promises/runs.ts';
import { scoresPromises } from './store-promises/scores.ts';
import { settingsPromises } from './store-promises/settings.ts';
import { vintagesPromises } from './store-promises/vintages.ts';

/** The promises every store keeps; `open` gives a fresh, empty store. */
export function storeKeepsItsPromises(name: string, open: () => Promise<Store>): void {
  describe(`${name} store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      return () => store[Symbol.asyncDispose]();
    });

    historyPromises(() => store);
    futurePromises(() => store);
    vintagesPromises(() => store);
    scoresPromises(() => store);
    settingsPromises(() => store);
    runsPromises(() => store);
    decisionsPromises(() => store);

    test('forget empties one component; its namesakes stay as they were', async () => {
      const others = [
        component('cart2'),
        component('my.cart'),
        { namespace: 'other', component: 'cart' },
        { namespace: 'shop2', component: 'cart' },
      ];
      const settingOf = (key: ComponentKey): SettingEntry =>
        aSetting({ name: `managed/${key.namespace}/${key.component}` });
      for (const key of [cart, ...others]) {
        await store.appendHistory([aBucket({ key, start: at(-1) })], signal);
        await store.writeFuture([{ ...anIssueOf(1), key }], signal);
        await store.writeScores([aScore({ key })], signal);
        await store.appendDecisions([aDecision({ key })], signal);
        await store.set([settingOf(key)], signal);
      }
      await store.forget(cart, signal);
      const expected = others.toSorted(byText);
      expect(keysOf(await columnsOf(store))).toEqual(expected);
      expect(keysOf(await bucketsOf(store))).toEqual(expected);
      expect(keysOf(await store.lastSeen(LATELY, signal))).toEqual(expected);
      expect(keysOf(await store.readFuture(LATELY, signal))).toEqual(expected);
      expect(keysOf(await store.readScores(LATELY, signal))).toEqual(expected);
      expect(keysOf(await store.readDecisions(undefined, LATELY, 99, signal))).toEqual(expected);
      expect((await settingsOf(store)).toSorted(byText)).toEqual(
        others.map(settingOf).toSorted(byText),
      );
      await store.appendHistory([aBucket({ start: at(-1) })], signal);
      expect(keysOf(await columnsOf(store, [cart]))).toEqual([cart]);
    });

    test('a store that is there says so', async () => {
      expect(await store.check(signal)).toEqual({ ok: true });
    });

    test('who has given up is not answered, and nothing is written', async () => {
      const gone = AbortSignal.abort();
      await expect(store.appendHistory([aBucket({ start: at(-1) })], gone)).rejects.toBe(
        gone.reason,
      );
      await expect(store.set([aSetting()], gone)).rejects.toBe(gone.reason);
      await expect(store.readBuckets(LATELY, gone)).rejects.toBe(gone.reason);
      expect(await bucketsOf(store)).toEqual([]);
      expect(await settingsOf(store)).toEqual([]);
    });
  });
}
