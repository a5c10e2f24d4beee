import { describe, expect, test } from 'vitest';
import { storeUnavailable } from '../domain/errors.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import { silentLog } from '../domain/log.ts';
import { packIssue, type PackedIssue } from '../domain/packed-forecast.ts';
import type { Reading } from '../domain/reading.ts';
import { epochMs, hours, minutes } from '../domain/units.ts';
import { aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { house, workload } from '../test/reconciling.ts';
import { keepSnapshots } from './refresh.ts';

const { signal } = new AbortController();
const rules = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
const ROUNDS = 40;

const issuedAt = (hoursAgo: number): PackedIssue => {
  const at = epochMs(TEN - hours(hoursAgo));
  const issued: IssuedFor['issued'] = {
    forecast: aForecast(3, { start: at }),
    issuedAt: at,
    model: 'naive',
    run: 'train-1',
  };
  return packIssue(anIssue({ issued }));
};

/** A busy cart that has its HPA: 9 of at most 20 replicas. */
async function atNineReplicas() {
  const world = house([workload('cart', { replicas: 9, replicasReady: 9 })]);
  await world.round();
  const [made] = world.cluster.all();
  if (made === undefined) throw new Error('the first round makes the HPA');
  world.cluster.put({ ...made, currentReplicas: 9, desiredReplicas: 9 });
  return world;
}

describe('D02: a forecast that is missing or stale changes no bound and writes no HPA', () => {
  test.each<[string, () => Promise<PackedIssue[]>, Reading['kind'] | undefined]>([
    ['in force (to compare with)', async () => [issuedAt(0)], 'predicted'],
    ['missing', async () => [], 'unknown'],
    ['older than the hold time', async () => [issuedAt(7)], 'stale'],
    ['in a store that is away', () => Promise.reject(storeUnavailable('away')), undefined],
  ])('%s', async (_, readFuture, kind) => {
    const world = await atNineReplicas();
    const before = world.cluster.all();
    world.settings.clear(); // facts, too, may be gone
    const all = async () => [...world.settings.values()];
    const snapshots = keepSnapshots({ readFuture, all }, rules, silentLog);
    await snapshots.refresh(TEN, signal).catch(() => undefined);
    const question = { key: cart, resource: 'cpu' } as const;
    expect(snapshots.current()?.read(question, TEN).kind).toBe(kind);

    for (let round = 0; round < ROUNDS; round += 1) {
      const [state] = await world.round();
      expect(state).toMatchObject({ change: 'leave' });
      expect(state).not.toHaveProperty('reason');
    }

    expect(world.cluster.all()).toEqual(before);
    expect(before[0]?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 20 });
    expect(world.cluster.writes).toEqual(['apply shop/cart']);
    expect(world.decisions.map((decision) => decision.kind)).toEqual(['create']);
  });

  test('facts that cannot be written or read stop nothing either', async () => {
    const world = await atNineReplicas();
    const before = world.cluster.all();
    world.settings.clear();
    world.settings.set = () => {
      throw storeUnavailable('the store is away');
    };

    for (let round = 0; round < ROUNDS; round += 1) await world.round();

    expect(world.cluster.all()).toEqual(before);
    expect(world.cluster.writes).toEqual(['apply shop/cart']);
  });
});
