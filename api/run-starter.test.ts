import { expect, test } from 'vitest';
import { fakeRuns } from '../test/api-rig.ts';
import { TEN } from '../test/builders.ts';
import { refusal } from '../domain/errors.ts';
import { createRunStarter } from './run-starter.ts';

const anybody = async (): Promise<void> => {};

test('twenty in the same instant are one run, and one of them started it', async () => {
  const runs = fakeRuns();
  const starter = createRunStarter(runs, () => TEN);
  const started = await Promise.all(
    Array.from({ length: 20 }, () => starter.startOrJoin('train', anybody)),
  );
  expect(runs.started).toHaveLength(1);
  expect(new Set(started.map(({ run }) => run.id))).toEqual(new Set([`train-${TEN}`]));
  expect(started.filter(({ joined }) => !joined)).toHaveLength(1);
});

test('a caller who may not start is refused alone; the next one starts', async () => {
  const runs = fakeRuns();
  const starter = createRunStarter(runs, () => TEN);
  const refused = async (): Promise<never> => {
    throw refusal('RATE_LIMITED', 'too often');
  };
  const outcomes = await Promise.allSettled([
    starter.startOrJoin('train', refused),
    starter.startOrJoin('train', anybody),
    starter.startOrJoin('train', refused),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(runs.started).toHaveLength(1);
});
