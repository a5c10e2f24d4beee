import { expect, test } from 'vitest';
import { refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { waitingRun, type Run, type RunKind } from '../domain/run.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { cart, TEN } from '../test/builders.ts';
import { runBoard, type Execute } from './run-board.ts';

/** A store in memory whose worker is stopped as soon as a run has ended. */
function world() {
  const runs = new Map<string, Run>();
  const stop = new AbortController();
  const put = async (run: Run): Promise<void> => {
    runs.set(run.id, run);
    if (run.state === 'done' || run.state === 'failed') stop.abort();
  };
  const store = {
    start: put,
    update: put,
    get: async (id: string) => runs.get(id),
    list: async () => [...runs.values()],
    take: async (kind: RunKind) => {
      const run = [...runs.values()].find((one) => one.kind === kind && one.state === 'waiting');
      if (run === undefined) return undefined;
      const taken: Run = { ...run, state: 'running', attempts: run.attempts + 1 };
      runs.set(run.id, taken);
      return taken;
    },
  };
  const clock = fakeClock(TEN);
  const board = runBoard(store, clock, () => clock.now(), silentLog);
  const perform = async (execute: Execute): Promise<Run | undefined> => {
    await store.start(waitingRun('train', 'rest', TEN));
    await board.work('train', execute, stop.signal);
    return runs.get(`train-${TEN}`);
  };
  return { board, runs, perform, stop, clock, store };
}

test('a run that ends well keeps what became of each component', async () => {
  const { perform } = world();
  const results = [{ key: cart, result: 'trained' as const }];
  expect(await perform(async () => results)).toMatchObject({ state: 'done', results, attempts: 1 });
});

test('a run that is refused says why', async () => {
  const { perform } = world();
  const refuse = () => Promise.reject(refusal('TRAINING_FAILED', 'the child ran out of memory'));
  expect(await perform(refuse)).toMatchObject({
    state: 'failed',
    reason: 'TRAINING_FAILED: the child ran out of memory',
  });
});

test('a run cut short by the end of the program waits for the next one', async () => {
  const { perform, stop } = world();
  const cut = async () => {
    stop.abort();
    return [];
  };
  expect(await perform(cut)).toMatchObject({ state: 'waiting' });
});

test('a sign of life that the store takes late does not undo the end', async () => {
  const { board, runs, stop, store } = world();
  const writes: string[] = [];
  const late = Promise.withResolvers<void>();
  const put = store.update;
  store.update = async (run) => {
    if (run.state === 'running') await late.promise;
    writes.push(run.state);
    await put(run);
  };
  await store.start(waitingRun('train', 'rest', TEN));
  const working = board.work(
    'train',
    async (_, progress) => {
      // The clock moves as others sleep: one breath later there is a sign of life.
      for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
      progress(1, 1, []);
      setImmediate(() => late.resolve());
      return [];
    },
    stop.signal,
  );
  await working;
  expect(runs.get(`train-${TEN}`)).toMatchObject({ state: 'done' });
  expect(writes).toEqual(['running', 'done']);
});

test('a run without progress gives signs of life all the same', async () => {
  const { perform, clock, runs } = world();
  const heartbeats = new Set<number>();
  await perform(async () => {
    while (heartbeats.size < 3) {
      await Promise.resolve();
      const { heartbeat } = runs.get(`train-${TEN}`) ?? {};
      if (heartbeat !== undefined) heartbeats.add(heartbeat);
    }
    return [];
  });
  expect([...heartbeats].map((at) => at - TEN)).toEqual([20_000, 40_000, 60_000]);
  expect(clock.sleeps.every((pause) => pause === 20_000)).toBe(true);
});

test('a run whose process ended five times is given up', async () => {
  const { board, runs, stop, store } = world();
  await store.start({ ...waitingRun('train', 'schedule', TEN), attempts: 5 });
  await board.work('train', () => Promise.reject(new Error('must not begin')), stop.signal);
  expect(runs.get(`train-${TEN}`)).toMatchObject({
    state: 'failed',
    reason: 'begun 5 times, and each time the process ended before the run did',
  });
});

test('a second run is not begun while one is waiting', async () => {
  const { board, runs, stop } = world();
  await board.startUnlessUnderWay('train', 'schedule', stop.signal);
  await board.startUnlessUnderWay('train', 'schedule', stop.signal);
  expect(runs.size).toBe(1);
});

test('what somebody asks for does not join a run that renews; what is scheduled joins any', async () => {
  const { board, runs, stop } = world();
  const scheduled = await board.startUnlessUnderWay('train', 'schedule', stop.signal);
  const asked = await board.startUnlessUnderWay('train', 'rest', stop.signal);
  expect(asked).not.toBe(scheduled);
  expect(await board.startUnlessUnderWay('train', 'rest', stop.signal)).toBe(asked);
  expect([scheduled, asked]).toContain(
    await board.startUnlessUnderWay('train', 'schedule', stop.signal),
  );
  expect(runs.size).toBe(2);
});

const COST = {
  cpuSeconds: 60,
  wallSeconds: 30,
  series: 200,
  seriesPerCpuSecond: 3.3,
  maxRssBytes: 2e8,
  wattHours: 0.2,
  gramsCo2e: 0.095,
  method: 'cpu-time',
} as const;

test('a run keeps what it took, and what came of tuning', async () => {
  const { perform } = world();
  const ended = await perform(async (_, __, ___, account) => {
    account({ cost: COST, tuning: 'discarded' });
    return [];
  });
  expect(ended).toMatchObject({ state: 'done', cost: COST, tuning: 'discarded' });
});

test('a run that nobody else shall take up is recorded as running at once', async () => {
  const { board, runs, stop } = world();
  const seen: unknown[] = [];
  const wish = { kind: 'train', trigger: 'schedule', name: '1of3' } as const;
  const ended = await board.perform(
    wish,
    async (run) => {
      seen.push(runs.get(run.id)?.state);
      return [{ key: cart, result: 'reused' }];
    },
    stop.signal,
  );
  expect(seen).toEqual(['running']);
  expect(ended).toMatchObject({ id: `train-${TEN}-1of3`, state: 'done', attempts: 1 });
  expect(runs.get(ended.id)).toEqual(ended);
});

test('waiting for a run that is not known is refused', async () => {
  const { board, stop } = world();
  await expect(board.waitForEnd('train-1', stop.signal)).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
  });
});

test('a run that nobody takes up is told as failed, and goes on waiting', async () => {
  const { board, runs, stop } = world();
  const id = await board.startUnlessUnderWay('train', 'rest', stop.signal);
  expect(await board.waitForEnd(id, stop.signal)).toMatchObject({
    state: 'failed',
    reason: 'TRAINING_FAILED: no trainer takes up runs; is one running?',
  });
  expect(runs.get(id)?.state).toBe('waiting');
});
