import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { waitingRun } from '../domain/run.ts';
import { cores, epochMs } from '../domain/units.ts';
import { aBucket } from '../test/builders.ts';
import { createMemoryStore } from '../test/memory-store.ts';
import { storeKeepsItsPromises } from '../test/store-contract.ts';
import type { Store } from '../test/store-port.ts';
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
  LATELY,
  settingsOf,
  signal,
} from '../test/store-promises/builders.ts';
import { VINTAGE_LEADS } from '../domain/vintage.ts';
import { openSqliteStore } from './sqlite.ts';

const open = () => openSqliteStore({ path: ':memory:' }, silentLog);

storeKeepsItsPromises('sqlite', open);

const vintagesIn = async (store: Store, lead: number): Promise<object[]> => {
  const found: object[] = [];
  for await (const { values, ...one } of store.readVintages(lead, LATELY, signal)) {
    found.push({ ...one, values: Array.from(values, Math.fround) });
  }
  return found.toSorted(byText);
};

describe('sqlite and memory', () => {
  const key = fc.constantFrom(component('cart'), component('api'), component('a.b-c'));
  const steps = fc.integer({ min: -4, max: -1 });
  const small = fc.integer({ min: 0, max: 4 });

  type Act = (store: Store) => Promise<unknown>;
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.tuple(key, steps, small, small).map(
      ([of, step, value, sampleCount]): Act =>
        (store) =>
          store.appendHistory(
            [aBucket({ key: of, start: at(step), cpu: cores(value), sampleCount })],
            signal,
          ),
    ),
    fc.tuple(key, steps, small).map(
      ([of, step, value]): Act =>
        (store) =>
          store.writeFuture([{ ...anIssueOf(value, { issuedAt: at(step) }), key: of }], signal),
    ),
    fc.tuple(key, small).map(
      ([of, lead]): Act =>
        (store) =>
          store.writeScores([aScore({ key: of, lead, mae: lead })], signal),
    ),
    fc.tuple(key, fc.constantFrom(true, false, null)).map(
      ([of, value]): Act =>
        (store) =>
          store.set([aSetting({ name: `managed/shop/${of.component}`, value })], signal),
    ),
    fc.tuple(key, steps, small).map(
      ([of, step, text]): Act =>
        (store) =>
          store.appendDecisions([aDecision({ key: of, at: at(step), text: `${text}` })], signal),
    ),
    small.map(
      (minute): Act =>
        (store) =>
          store.start(waitingRun('train', 'rest', epochMs(at(-1) + minute)), signal),
    ),
    small.map(
      (minute): Act =>
        (store) =>
          store.take('train', epochMs(at(0) + minute * 60_000), signal),
    ),
    key.map(
      (of): Act =>
        (store) =>
          store.forget(of, signal),
    ),
  );

  const everything = async (store: Store) => ({
    columns: await columnsOf(store),
    buckets: await bucketsOf(store),
    lastSeen: (await store.lastSeen(LATELY, signal)).toSorted(byText),
    issues: (await store.readFuture(LATELY, signal)).toSorted(byText),
    vintages: (await Promise.all(VINTAGE_LEADS.map((lead) => vintagesIn(store, lead)))).flat(),
    scores: (await store.readScores(LATELY, signal)).toSorted(byText),
    settings: await settingsOf(store),
    runs: await store.list(LATELY, signal),
    decisions: (await store.readDecisions(undefined, LATELY, 999, signal)).toSorted(byText),
  });

  test('whatever is done to them in whatever order, they hold the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        await using sqlite = await open();
        const memory = createMemoryStore();
        for (const each of acts) expect(await each(sqlite)).toEqual(await each(memory));
        expect(await everything(sqlite)).toEqual(await everything(memory));
      }),
      { numRuns: 30 },
    );
  });
});
