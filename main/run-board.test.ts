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
  return { board, runs, perform, stop };
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

test('a second run is not begun while one is waiting', async () => {
  const { board, runs, stop } = world();
  await board.startUnlessUnderWay('train', 'schedule', stop.signal);
  await board.startUnlessUnderWay('train', 'schedule', stop.signal);
  expect(runs.size).toBe(1);
});

test('waiting for a run that is not known is refused', async () => {
  const { board, stop } = world();
  await expect(board.waitForEnd('train-1', stop.signal)).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
  });
});
