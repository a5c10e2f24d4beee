import { expect, test } from 'vitest';
import { storeUnavailable } from '../domain/errors.ts';
import { managedName } from '../domain/settings.ts';
import { TEN } from '../test/builders.ts';
import { house, names, workload } from '../test/reconciling.ts';

/** A component that was managed by REST, after a round: its HPA stands. */
async function managedOnce() {
  const world = house([workload('a')]);
  await world.round();
  expect(names(world)).toEqual(['a']);
  world.cluster.writes.length = 0;
  return world;
}
const flag = managedName({ namespace: 'shop', component: 'a' });

test('a store that begins anew takes no HPA away: the flag is kept again, and that is told', async () => {
  const world = await managedOnce();
  world.settings.clear();
  world.unmanaged.add('a'); // the flag is gone with the store
  const [state] = await world.round();
  expect(world.cluster.writes).toEqual([]);
  expect(state).toMatchObject({ managed: true, change: 'leave' });
  expect(world.settings.get(flag)).toMatchObject({ value: true, changedBy: 'self-scaling' });
  expect(world.decisions.at(-1)).toMatchObject({ kind: 'managed', actor: 'self-scaling' });
});

test('a store that remembers the component is believed: its label or flag was taken away', async () => {
  const world = await managedOnce();
  world.unmanaged.add('a');
  await world.round();
  expect(world.cluster.writes).toEqual(['remove shop/a']);
  expect(world.settings.has(flag)).toBe(false);
});

test('whoever said no is heard, also where the facts are gone', async () => {
  const world = await managedOnce();
  world.settings.clear();
  world.settings.set(flag, { name: flag, value: false, changedBy: 'user:jane', at: TEN });
  world.unmanaged.add('a');
  await world.round();
  expect(world.cluster.writes).toEqual(['remove shop/a']);
});

test('a label that says no is heard in a new store too', async () => {
  const world = await managedOnce();
  world.settings.clear();
  world.workloads[0] = workload('a', { managedByLabel: { managed: false, on: 'workload' } });
  world.unmanaged.add('a');
  await world.round();
  expect(world.cluster.writes).toEqual(['remove shop/a']);
});

test('what cannot be kept is not decided: nothing is removed while the ledger is away', async () => {
  const world = await managedOnce();
  world.settings.clear();
  world.unmanaged.add('a');
  world.ledgerAway = true;
  await expect(world.round()).rejects.toThrow(storeUnavailable('the store is away'));
  expect(world.cluster.writes).toEqual([]);
});
