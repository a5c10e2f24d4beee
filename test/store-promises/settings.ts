import { describe, expect, test } from 'vitest';
import { days, epochMs } from '../../domain/units.ts';
import type { Store } from '../store-port.ts';
import { INVALID, NOW, aSetting, settingsOf, signal } from './builders.ts';

/** Promises about settings; `store` gives the fresh store of the test. */
export function settingsPromises(store: () => Store): void {
  describe('settings', () => {
    test.each([
      [false],
      [0],
      [''],
      [{ historyDays: 28, futureDays: 1 }],
      [['a', null, { deep: [1.5, 'ü "quoted"\n\\'] }]],
    ])('the value %j is read back equal', async (value) => {
      await store().set([aSetting({ value })], signal);
      expect(await settingsOf(store())).toEqual([aSetting({ value })]);
    });

    test('the last write to one name wins, by order and not by anybody’s clock', async () => {
      await store().set([aSetting({ value: 1 }), aSetting({ value: 2 })], signal);
      await store().set([aSetting({ value: 3, at: epochMs(NOW - days(1)) })], signal);
      expect(await settingsOf(store())).toEqual([
        aSetting({ value: 3, at: epochMs(NOW - days(1)) }),
      ]);
    });

    test('two writers on different names keep both', async () => {
      const other = aSetting({ name: 'train-values', value: { historyDays: 7, futureDays: 2 } });
      await Promise.all([store().set([aSetting()], signal), store().set([other], signal)]);
      expect(await settingsOf(store())).toEqual([aSetting(), other]);
    });

    test('a setting that is null is absent, and can be set again', async () => {
      await store().set([aSetting(), aSetting({ name: 'managed/shop/api' })], signal);
      await store().set(
        [aSetting({ value: null }), aSetting({ name: 'nobody', value: null })],
        signal,
      );
      expect(await settingsOf(store())).toEqual([aSetting({ name: 'managed/shop/api' })]);
      await store().set([aSetting()], signal);
      expect(await settingsOf(store())).toHaveLength(2);
    });

    test.each([
      ['name is not one', { name: 'a b' }],
      ['value holds NaN', { value: { days: Number.NaN } }],
    ])('when one %s, none of them is written', async (_, about) => {
      const entries = [aSetting(), aSetting(about)];
      await expect(store().set(entries, signal)).rejects.toMatchObject(INVALID);
      expect(await settingsOf(store())).toEqual([]);
    });
  });
}
