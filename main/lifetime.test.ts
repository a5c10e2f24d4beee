import { expect, test } from 'vitest';
import type { Clock } from '../domain/clock.ts';
import { silentLog } from '../domain/log.ts';
import { seconds, type DurationMs } from '../domain/units.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { TEN } from '../test/builders.ts';
import { openLifetime } from './lifetime.ts';

/** A process that is signalled by the test, and sleepers that wake when the test says so. */
function world(drainFor: DurationMs) {
  const listeners = new Map<string, (name: string) => void>();
  const sleepers: { duration: DurationMs; wake: () => void }[] = [];
  const exits: number[] = [];
  const clock: Clock = {
    ...fakeClock(TEN),
    sleep: (duration) => new Promise((wake) => sleepers.push({ duration, wake })),
  };
  const program = {
    once: (name: string, listener: (name: string) => void) => listeners.set(name, listener),
    exit: (code: number) => void exits.push(code),
  };
  const life = openLifetime(program, drainFor, clock, silentLog);
  const wake = async (duration: DurationMs) => {
    sleepers.find((sleeper) => sleeper.duration === duration)?.wake();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { life, exits, wake, signal: (name: string) => listeners.get(name)?.(name) };
}

test('a signal drains first and stops when the drain is over', async () => {
  const { life, signal, wake } = world(seconds(10));
  signal('SIGTERM');
  expect([life.draining.aborted, life.stopped.aborted]).toEqual([true, false]);
  await wake(seconds(10));
  expect(life.stopped.aborted).toBe(true);
});

test('without a drain it stops at once', async () => {
  const { life, signal } = world(seconds(0));
  signal('SIGINT');
  await Promise.resolve();
  expect([life.draining.aborted, life.stopped.aborted]).toEqual([true, true]);
});

test('what does not close by the deadline is ended with 1', async () => {
  const { exits, signal, wake } = world(seconds(10));
  signal('SIGTERM');
  expect(exits).toEqual([]);
  await wake(seconds(25));
  expect(exits).toEqual([1]);
});
