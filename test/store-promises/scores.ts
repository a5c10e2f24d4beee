import { describe, expect, test } from 'vitest';
import type { Store } from '../store-port.ts';
import { INVALID, LATELY, NOW, aScore, byText, component, signal } from './builders.ts';

/** Promises about scores; `store` gives the fresh store of the test. */
export function scoresPromises(store: () => Store): void {
  describe('scores', () => {
    test('are read back equal, the last of its kind only', async () => {
      const scores = [
        aScore({ mae: 0.125 }),
        aScore({ lead: 0 }),
        aScore({ resource: 'memory', mae: 1e9 }),
        aScore({ model: 'naive' }),
        aScore({ key: component('api') }),
        aScore({ lead: 16, bias: -0.25, belowQ90: 0.875 }),
      ];
      await store().writeScores([aScore(), ...scores.slice(1)], signal);
      await store().writeScores(scores, signal);
      const found = await store().readScores(LATELY, signal);
      expect(found.toSorted(byText)).toEqual(scores.toSorted(byText));
      expect(await store().readScores({ from: LATELY.from, to: NOW }, signal)).toEqual([]);
    });

    test('of one component only, where it is named', async () => {
      const scores = [aScore(), aScore({ key: component('cart2') })];
      await store().writeScores(scores, signal);
      expect(await store().readScores(LATELY, signal, [component('cart2')])).toEqual([scores[1]]);
    });

    test.each(['mae', 'mase', 'pinball', 'coverage', 'skill', 'bias', 'belowQ90'])(
      'a %s of NaN is refused',
      async (member) => {
        const scores = [aScore(), { ...aScore({ lead: 1 }), [member]: Number.NaN }];
        await expect(store().writeScores(scores, signal)).rejects.toMatchObject(INVALID);
        expect(await store().readScores(LATELY, signal)).toEqual([]);
      },
    );
  });
}
