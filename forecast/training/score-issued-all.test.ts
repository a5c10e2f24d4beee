import { expect, test } from 'vitest';
import { silentLog } from '../../domain/log.ts';
import type { Score } from '../../domain/score.ts';
import { bytes, cores, days, epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { aBucket, aForecast, anIssue, cart, TEN } from '../../test/builders.ts';
import { createMemoryStore } from '../../test/memory-store.ts';
import { WHOLE } from './shards.ts';
import { scoreAllIssued, type ScorePorts } from './score-issued-all.ts';

const { signal } = new AbortController();
const api = { namespace: 'shop', component: 'api' };
const TODAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const at = (step: number) => epochMs(TODAY + step * STEP);
const usage = (step: number): number => 2 + Math.sin(step / 15) + 0.3 * Math.sin(step * 1.7);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** `past` days of usage of two components, and an issue each step since yesterday's begin. */
async function world(past = 5) {
  const store = createMemoryStore();
  const buckets = [cart, api].flatMap((key) =>
    range(-past * STEPS_A_DAY, 40).map((step) =>
      aBucket({
        key,
        start: at(step),
        cpu: cores(usage(step)),
        memory: bytes(1e9 * usage(step + 7)),
      }),
    ),
  );
  await store.appendHistory(buckets, signal);
  for (const step of range(-STEPS_A_DAY, 40)) {
    const values = [0.9, 1, 1.1].map((share) =>
      Float64Array.from({ length: 8 }, (_, index) => share * usage(step + index)),
    );
    const forecast = aForecast(1, { start: at(step), levels: [0.1, 0.5, 0.9], values });
    const issued = { forecast, issuedAt: at(step), model: 'network', run: 'train-1' };
    await store.writeFuture(
      [cart, api].map((key) => anIssue({ key, issued })),
      signal,
    );
  }
  const ports: ScorePorts = { history: store, vintages: store, scores: store };
  const scores = async (): Promise<Score[]> =>
    await store.readScores({ from: epochMs(0), to: epochMs(TEN + days(1)) }, signal);
  return { store, ports, scores };
}
const closed = { now: TEN, what: 'closed', shard: WHOLE } as const;

test('a day is scored when it is over, lead by lead; asked again the rows are the same', async () => {
  const { ports, scores } = await world();
  expect(await scoreAllIssued(ports, closed, silentLog, signal)).toEqual({ rows: 6, failed: 0 });
  const first = await scores();
  expect(
    first.map(({ key, lead, at: day, n }) => [key.component, lead, (day - TODAY) / days(1), n]),
  ).toEqual(
    [1, 2, 4].flatMap((lead) => ['cart', 'api'].map((name) => [name, lead, -1, 96 - lead])),
  );
  await scoreAllIssued(ports, closed, silentLog, signal);
  expect(await scores()).toEqual(first);
});

test('the day that is not over is scored as far as it has come, at the short leads', async () => {
  const { ports, scores } = await world();
  await scoreAllIssued(ports, { ...closed, what: 'today' }, silentLog, signal);
  expect((await scores()).map(({ lead, n }) => [lead, n])).toEqual(
    [1, 2, 4].flatMap((lead) => ['cart', 'api'].map(() => [lead, 40])),
  );
});

test('a truth that comes late, or is replaced, is scored anew', async () => {
  const { store, ports, scores } = await world();
  await scoreAllIssued(ports, closed, silentLog, signal);
  const before = await scores();
  const late = range(-50, -40).map((step) =>
    aBucket({ key: cart, start: at(step), cpu: cores(9), sampleCount: 16 }),
  );
  await store.appendHistory(late, signal);
  await scoreAllIssued(ports, closed, silentLog, signal);
  const after = await scores();
  expect(after).toHaveLength(before.length);
  const maeOf = (some: readonly Score[], name: string) =>
    some.find(({ key }) => key.component === name)!.mae;
  expect(maeOf(after, 'cart')).toBeGreaterThan(maeOf(before, 'cart'));
  expect(maeOf(after, 'api')).toBe(maeOf(before, 'api'));
});

test('after days of silence what was missed is made up, and not done again', async () => {
  const { ports, scores } = await world(12);
  const reads: number[] = [];
  const counted: ScorePorts = {
    ...ports,
    vintages: {
      readVintages(lead, valid, stop, keys) {
        if (lead === 1) reads.push(Math.round((valid.from - TODAY) / days(1)));
        return ports.vintages.readVintages(lead, valid, stop, keys);
      },
    },
  };
  const later = { ...closed, now: epochMs(TEN + days(5)) };
  await scoreAllIssued(counted, later, silentLog, signal);
  expect((await scores()).some(({ at: day }) => day === TODAY - days(1))).toBe(true);
  expect(reads).toContain(-1);
  reads.length = 0;
  await scoreAllIssued(counted, later, silentLog, signal);
  expect(reads).not.toContain(-1);
});

test('one bad series is told of and stops no other', async () => {
  const { ports, scores } = await world();
  const bad: ScorePorts = {
    ...ports,
    vintages: {
      async *readVintages(lead, valid, stop, keys) {
        for await (const one of ports.vintages.readVintages(lead, valid, stop, keys)) {
          const isBad = one.key.component === 'cart';
          yield isBad ? { ...one, levels: undefined as unknown as [number] } : one;
        }
      },
    },
  };
  const lines: object[] = [];
  const log = { ...silentLog, warn: (members: object) => void lines.push(members) };
  expect(await scoreAllIssued(bad, closed, log, signal)).toEqual({ rows: 3, failed: 1 });
  expect(lines).toMatchObject([{ series: 'shop/cart cpu' }]);
  expect((await scores()).map(({ key }) => key.component)).toEqual(['api', 'api', 'api']);
});

test('a store that is away ends the round; nothing is half known', async () => {
  const { store, ports, scores } = await world();
  store.away = true;
  await expect(scoreAllIssued(ports, closed, silentLog, signal)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
  store.away = false;
  expect(await scores()).toEqual([]);
});
