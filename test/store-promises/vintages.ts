import { describe, expect, test } from 'vitest';
import type { ComponentKey } from '../../domain/component.ts';
import { days, epochMs, seconds, type EpochMs, type Window } from '../../domain/units.ts';
import { VINTAGE_LEADS, type Vintage } from '../../domain/vintage.ts';
import { aForecast, anIssue, cart } from '../builders.ts';
import type { Store } from '../store-port.ts';
import { INVALID, NOW, anIssueOf, at, byText, component, signal } from './builders.ts';

const SOON: Window = { from: epochMs(NOW - days(2)), to: epochMs(NOW + days(2)) };
const AN_INSTANT = seconds(20);

/** Issued 20 s into the step; the median of the step that begins `s` steps from now is `level + s`. */
const issuedIn = (step: number, level: number, key: ComponentKey = cart, steps = 192) =>
  anIssue({
    key,
    issued: {
      forecast: aForecast(1, {
        start: at(step),
        levels: [0.5, 0.9],
        values: [0, 0.5].map((above) =>
          Float64Array.from({ length: steps }, (_, index) => level + step + index + above),
        ),
      }),
      issuedAt: epochMs(at(step) + AN_INSTANT),
      model: `model-of-${level}`,
      run: 'train-1',
    },
  });

/** Promises about forecasts as they were issued; `store` gives the fresh store of the test. */
export function vintagesPromises(store: () => Store): void {
  const vintages = async (
    lead: number,
    window: Window = SOON,
    keys?: readonly ComponentKey[],
  ): Promise<Vintage[]> => {
    const found: Vintage[] = [];
    for await (const one of store().readVintages(lead, window, signal, keys)) found.push(one);
    return found.toSorted((a, b) => a.at - b.at || byText([a.key], [b.key]));
  };
  const stepOf = (instant: EpochMs): number => (instant - NOW) / (at(1) - NOW);

  describe('vintages', () => {
    test('of four issues each lead gives what was said of a step so many steps before', async () => {
      for (const step of [0, 1, 2, 3]) {
        await store().writeFuture([issuedIn(step, step * 1000)], signal);
      }
      for (const lead of VINTAGE_LEADS) {
        const found = await vintages(lead);
        expect(found.map(({ at: valid }) => stepOf(valid))).toEqual(
          [0, 1, 2, 3].map((step) => step + lead),
        );
        expect(found.map(({ values, model }) => [values[0], values[1], model])).toEqual(
          [0, 1, 2, 3].map((step) => [
            step * 1000 + step + lead,
            step * 1000 + step + lead + 0.5,
            `model-of-${step * 1000}`,
          ]),
        );
        expect(found[0]).toMatchObject({
          key: cart,
          resource: 'cpu',
          lead,
          issuedAt: NOW + AN_INSTANT,
          levels: [0.5, 0.9],
        });
      }
    });

    test('a later issue edits nothing of what was frozen before it', async () => {
      await store().writeFuture([issuedIn(0, 0)], signal);
      const before = await Promise.all(VINTAGE_LEADS.map((lead) => vintages(lead)));
      await store().writeFuture([issuedIn(1, 5000)], signal);
      const after = await Promise.all(VINTAGE_LEADS.map((lead) => vintages(lead)));
      before.forEach((found, index) => expect(after[index]?.slice(0, 1)).toEqual(found));
    });

    test('the same issue written again is the same', async () => {
      await store().writeFuture([issuedIn(0, 0)], signal);
      await store().writeFuture([issuedIn(0, 0)], signal);
      expect(await vintages(4)).toHaveLength(1);
    });

    test('only the window and the components asked for are read', async () => {
      const keys = ['api', 'cart2', 'a.b-c'].map(component);
      const all = [cart, ...keys];
      await store().writeFuture(
        all.map((key) => issuedIn(0, 0, key)),
        signal,
      );
      expect(await vintages(4)).toHaveLength(4);
      expect((await vintages(4, SOON, [cart])).map(({ key }) => key)).toEqual([cart]);
      expect((await vintages(4, SOON, keys)).map(({ key }) => key)).toEqual(keys.toSorted(byText));
      expect(await vintages(4, { from: at(4), to: at(5) }, [cart])).toHaveLength(1);
      expect(await vintages(4, { from: SOON.from, to: at(4) })).toEqual([]);
      expect(await vintages(4, { from: at(5), to: SOON.to })).toEqual([]);
      expect(await vintages(4, SOON, [component('unheard')])).toEqual([]);
    });

    test('a short forecast has no vintage beyond its end', async () => {
      await store().writeFuture([issuedIn(0, 0, cart, 9)], signal);
      const found = await Promise.all(VINTAGE_LEADS.map((lead) => vintages(lead)));
      expect(found.map(({ length }) => length)).toEqual([1, 1, 1, 1, 0, 0, 0]);
    });

    test('a refused forecast leaves no vintage, nor does the one beside it', async () => {
      const wrong = anIssueOf(Number.NaN);
      await expect(
        store().writeFuture([issuedIn(0, 0, component('api')), wrong], signal),
      ).rejects.toMatchObject(INVALID);
      expect(await vintages(1)).toEqual([]);
    });

    test('are forgotten with their component', async () => {
      await store().writeFuture([issuedIn(0, 0), issuedIn(0, 0, component('cart2'))], signal);
      await store().forget(cart, signal);
      expect((await vintages(1)).map(({ key }) => key)).toEqual([component('cart2')]);
    });
  });
}
