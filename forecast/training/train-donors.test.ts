import { expect, test } from 'vitest';
import { aStore, failingFor, portsOf, train } from '../../test/training.ts';
import { epochMs } from '../../domain/units.ts';
import type { SeriesJob } from './job.ts';

const WEEKS = 14 * 24;
/** What each component was sent along with, in the order in which they were asked for. */
const lentIn = async (
  hoursOf: Readonly<Record<string, number>>,
  about: Parameters<typeof train>[1] = {},
) => {
  const asked: SeriesJob[] = [];
  await train(
    portsOf(
      aStore(hoursOf),
      failingFor(() => true, asked),
    ),
    about,
  );
  return asked
    .filter(({ resource }) => resource === 'cpu')
    .map(({ key, donors = [] }) => [key.component, donors.length]);
};

test('young components may borrow of the old ones that were read', async () => {
  expect(await lentIn({ one: WEEKS, two: WEEKS, young: 48, eight: 8 * 24 })).toEqual([
    ['one', 0],
    ['two', 0],
    ['young', 3],
    ['eight', 0],
  ]);
});

test('when all are renewed the young come last, and borrow of all', async () => {
  const asked: SeriesJob[] = [];
  const ports = portsOf(
    aStore({ young: 48, one: WEEKS }),
    failingFor(() => false, asked),
  );
  await train(ports);
  asked.length = 0;
  await train(ports, { choose: 'due' });
  expect(
    asked.map(({ key, resource, donors = [] }) => [key.component, resource, donors.length]),
  ).toEqual([
    ['one', 'cpu', 0],
    ['one', 'memory', 0],
    ['young', 'cpu', 1],
    ['young', 'memory', 1],
  ]);
  expect(asked[2]?.donors?.[0]?.start).toBeLessThan(epochMs(asked[2]?.history.start ?? 0));
});

test('a share lends nothing: it would say what the whole does not', async () => {
  const about = { shard: { index: 0, of: 2 } };
  const lent = await lentIn({ a: WEEKS, b: WEEKS, c: WEEKS, d: WEEKS, y: 48, z: 48 }, about);
  expect(lent.every(([, donors]) => donors === 0)).toBe(true);
});
