import { describe, expect, test } from 'vitest';
import { epochMs } from '../../domain/units.ts';
import { cart } from '../builders.ts';
import type { Store } from '../store-port.ts';
import { LATELY, aDecision, at, component, signal } from './builders.ts';

/** Promises about decisions; `store` gives the fresh store of the test. */
export function decisionsPromises(store: () => Store): void {
  describe('decisions', () => {
    test('are read newest first, of one component or of all, up to a limit', async () => {
      const decisions = [-3, -2, -1].map((steps) =>
        aDecision({ at: epochMs(at(steps) + 1), key: steps === -2 ? component('api') : cart }),
      );
      await store().appendDecisions(decisions, signal);
      const [first, second, third] = decisions;
      expect(await store().readDecisions(undefined, LATELY, 10, signal)).toEqual([
        third,
        second,
        first,
      ]);
      expect(await store().readDecisions(cart, LATELY, 10, signal)).toEqual([third, first]);
      expect(await store().readDecisions(undefined, LATELY, 1, signal)).toEqual([third]);
      expect(await store().readDecisions(component('nobody'), LATELY, 10, signal)).toEqual([]);
      const window = { from: first!.at, to: third!.at };
      expect(await store().readDecisions(undefined, window, 10, signal)).toEqual([second, first]);
    });

    test('two at the same millisecond for the same component are both kept', async () => {
      const decisions = ['one', 'two', 'three'].map((text) => aDecision({ text }));
      await store().appendDecisions(
        [...decisions, aDecision({ kind: 'leave', reason: 'Paused' })],
        signal,
      );
      const found = await store().readDecisions(cart, LATELY, 10, signal);
      expect(found.map(({ text }) => text).toSorted()).toEqual(
        ['one', 'two', 'three', aDecision().text].toSorted(),
      );
    });

    test('a batch that is sent again does no harm', async () => {
      const decisions = ['one', 'two'].map((text) => aDecision({ text }));
      await store().appendDecisions(decisions, signal);
      await store().appendDecisions(decisions, signal);
      expect(await store().readDecisions(cart, LATELY, 10, signal)).toHaveLength(2);
    });
  });
}
