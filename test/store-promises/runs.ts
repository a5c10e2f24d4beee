import { describe, expect, test } from 'vitest';
import { waitingRun, type Run, type RunKind } from '../../domain/run.ts';
import { epochMs, hours, minutes, seconds, type EpochMs } from '../../domain/units.ts';
import { cart } from '../builders.ts';
import type { Store } from '../store-port.ts';
import { LATELY, NOW, component, signal } from './builders.ts';

/** Promises about runs; `store` gives the fresh store of the test. */
export function runsPromises(store: () => Store): void {
  describe('runs', () => {
    const aRun = (minutesAgo: number, kind: RunKind = 'train'): Run =>
      waitingRun(kind, 'rest', epochMs(NOW - minutes(minutesAgo) + 7));

    test('a run is read back equal by its id; an unknown id is undefined', async () => {
      await store().start(aRun(1), signal);
      expect(await store().get(aRun(1).id, signal)).toEqual(aRun(1));
      expect(await store().get(aRun(2).id, signal)).toBeUndefined();
      expect(await store().get('x" or true', signal)).toBeUndefined();
      expect(await store().get('', signal)).toBeUndefined();
    });

    test('runs are listed newest first, those created in the window', async () => {
      const [oldest, middle, newest] = [aRun(30), aRun(20, 'inference'), aRun(10)] as const;
      for (const run of [middle, newest, oldest]) await store().start(run, signal);
      expect(await store().list(LATELY, signal)).toEqual([newest, middle, oldest]);
      const window = { from: oldest.createdAt, to: newest.createdAt };
      expect(await store().list(window, signal)).toEqual([middle, oldest]);
    });

    test('the oldest that waits is taken, once, and only by its kind', async () => {
      await store().start(aRun(10), signal);
      await store().start(aRun(20), signal);
      await store().start(aRun(30, 'inference'), signal);
      const running = { state: 'running', startedAt: NOW, heartbeat: NOW, attempts: 1 } as const;
      expect(await store().take('train', NOW, signal)).toEqual({ ...aRun(20), ...running });
      expect(await store().get(aRun(20).id, signal)).toEqual({ ...aRun(20), ...running });
      expect(await store().take('train', NOW, signal)).toEqual({ ...aRun(10), ...running });
      expect(await store().take('train', NOW, signal)).toBeUndefined();
    });

    test('a run whose runner is silent for over two minutes is taken again', async () => {
      await store().start(aRun(10), signal);
      await store().take('train', NOW, signal);
      const later = (after: number): EpochMs => epochMs(NOW + after);
      expect(await store().take('train', later(seconds(120)), signal)).toBeUndefined();
      expect(await store().take('train', later(seconds(121)), signal)).toMatchObject({
        id: aRun(10).id,
        attempts: 2,
        heartbeat: later(seconds(121)),
      });
      expect(await store().take('train', later(seconds(122)), signal)).toBeUndefined();
    });

    test.each(['done', 'failed'] as const)('a run that is %s is never taken', async (state) => {
      await store().start(aRun(10), signal);
      await store().update({ ...aRun(10), state, heartbeat: epochMs(NOW - hours(1)) }, signal);
      expect(await store().take('train', NOW, signal)).toBeUndefined();
    });

    test('an update rewrites the whole document', async () => {
      await store().start(aRun(10), signal);
      const results = [
        { key: cart, result: 'trained', reason: 'seasonal-naive-day' },
        { key: component('api'), result: 'skipped' },
      ] as const;
      const failed = { ...aRun(10), state: 'failed', reason: 'HISTORY_TOO_SHORT' } as const;
      await store().update(failed, signal);
      const done = {
        ...aRun(10),
        state: 'done',
        done: 2,
        total: 2,
        endedAt: NOW,
        results,
      } as const;
      await store().update(done, signal);
      expect(await store().get(done.id, signal)).toEqual(done);
    });
  });
}
