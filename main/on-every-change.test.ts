import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { minutes, seconds } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { onEveryChange } from './on-every-change.ts';

/** A world that changes when the test says so; `round` decides what a round does. */
function watched(round: (nth: number) => Promise<void>) {
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  const clock = fakeClock(TEN);
  let rounds = 0;
  const ended = onEveryChange(
    {
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      clock,
      log: silentLog,
    },
    async () => {
      rounds += 1;
      await round(rounds);
    },
    stop.signal,
  );
  return {
    clock,
    ended,
    stop,
    listeners,
    rounds: () => rounds,
    change: () => listeners.forEach((listener) => listener()),
  };
}

test('many changes at once make one round, and a failed round is followed by the next', async () => {
  const world = watched(async (nth) => {
    if (nth === 1) {
      world.change();
      throw new Error('the store is away');
    }
    world.stop.abort();
  });
  world.change();
  world.change();
  await world.ended;
  expect(world.rounds()).toBe(2);
});

test.each([
  ['nine times as long as a round took', seconds(2), seconds(18)],
  ['but half a minute at most', minutes(1), seconds(30)],
])('the pause after a round is %s', async (_, took, pause) => {
  const world = watched(async (nth) => {
    if (nth === 2) return world.stop.abort();
    await world.clock.sleep(took, world.stop.signal);
    world.change();
  });
  world.change();
  await world.ended;
  expect(world.clock.sleeps).toEqual([seconds(1), took, pause, seconds(1)]);
});

test('whoever has stopped hears of no further change', async () => {
  const world = watched(async () => {});
  expect(world.listeners.size).toBe(1);
  world.stop.abort();
  await world.ended;
  expect([world.listeners.size, world.rounds()]).toEqual([0, 0]);
});
