import { describe, expect, test } from 'vitest';
import { cart, TEN } from '../../test/builders.ts';
import { isRefusal } from '../../domain/errors.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { series } from '../../domain/series.ts';
import { systemClock } from '../../domain/clock.ts';
import { days, epochMs, type DurationMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import type { SeriesAnswer, SeriesJob } from './job.ts';
import type { ForecasterRun } from './ports.ts';
import { forkedForecaster } from './process.ts';

/* A real child process, well behaved and otherwise. */

const odd = new URL('../../test/odd-child.ts', import.meta.url);
const plan = { horizon: 192, now: TEN, at: TEN };
const jobFor = (component: string, steps = 8 * STEPS_A_DAY) => {
  const values = Float64Array.from({ length: steps }, (_, index) => 2 + Math.sin(index / 15));
  const made = series(epochMs(TEN - days(8)), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return {
    key: { ...cart, component },
    resource: 'cpu' as const,
    history: made.series,
    task: 'choose' as const,
  };
};
const options = {
  memoryMiB: 64,
  forks: 1,
  sleep: (duration: DurationMs, signal: AbortSignal) => systemClock.sleep(duration, signal),
};
const openOdd = (signal = new AbortController().signal, sleep = options.sleep) =>
  forkedForecaster({ ...options, sleep, worker: odd }).open(plan, signal);
/** Of one series. */
const askOne = async (run: ForecasterRun, job: SeriesJob): Promise<SeriesAnswer> =>
  (await run.forecast([job]))[0]!;
const reasonOf = (answer: { readonly kind: string; readonly reason?: string }) => answer.reason;
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('the child forecasts one series after another, with its scores', async () => {
  await using run = forkedForecaster(options).open(plan, new AbortController().signal);
  for (const component of ['cart', 'web']) {
    const answer = await askOne(run, jobFor(component));
    expect(answer).toMatchObject({ kind: 'forecast', forecast: { start: TEN, levels: LEVELS } });
    const { forecast, scores } = answer as Extract<typeof answer, { kind: 'forecast' }>;
    expect(forecast.values.map(({ length }) => length)).toEqual(LEVELS.map(() => plan.horizon));
    expect(scores.map(({ key, at, n }) => [key.component, at, n])).toContainEqual([
      component,
      TEN,
      6 * STEPS_A_DAY,
    ]);
  }
});

test('the child has no environment: no token and no address of a store', async () => {
  await using run = openOdd();
  expect(reasonOf(await askOne(run, jobFor('environment')))).toBe('{}');
});

test('several are asked for together, by several children, and answered in order', async () => {
  await using run = forkedForecaster({ ...options, forks: 2, worker: odd }).open(
    plan,
    new AbortController().signal,
  );
  const names = ['good', 'good', 'leaving', 'good', 'good'];
  const answers = await run.forecast(names.map((name) => jobFor(name, STEPS_A_DAY)));
  expect(answers.map(({ kind }) => kind)).toEqual([
    'forecast',
    'forecast',
    'failed',
    'forecast',
    'forecast',
  ]);
  // One child, or two, that answered, each with its two seconds; one that left before it did.
  expect(run.used()).toEqual({ cpuSeconds: expect.toSatisfy((n) => n >= 2), maxRssBytes: 1e8 });
});

test('scores that are no numbers are left out', async () => {
  await using run = openOdd();
  expect(await askOne(run, jobFor('good'))).toMatchObject({ model: 'odd', scores: [] });
});

describe('costs the series in hand, and no other', () => {
  const ended = 'TRAINING_FAILED: the training process ended before it answered';
  test.each([
    ['a child that is killed', 'killed', `${ended} (SIGKILL)`],
    ['a child that leaves without a word', 'leaving', `${ended} (exit code 3)`],
    ['a child that hangs up', 'mute', `${ended} (SIGTERM)`],
    [
      'a child that eats more memory than it may',
      'hog',
      `${ended} (SIGABRT, most likely out of its 64 MiB of memory)`,
    ],
    [
      'a child that answers with nonsense',
      'nonsense',
      'TRAINING_FAILED: the training process gave an answer that is none',
    ],
    [
      'a child that answers another question',
      'stranger',
      'TRAINING_FAILED: the training process gave an answer that is none',
    ],
    ['a forecast without end', 'infinite', 'TRAINING_FAILED: the forecast of odd is not finite'],
    [
      'a forecast that crosses',
      'crossing',
      'TRAINING_FAILED: the forecast of odd has crossing quantiles',
    ],
    [
      'a forecast that is too short',
      'short',
      'TRAINING_FAILED: the forecast of odd has 3 steps, not 192',
    ],
  ])('%s', async (_, component, reason) => {
    await using run = openOdd();
    expect(await askOne(run, jobFor(component))).toEqual({ kind: 'failed', reason });
    expect(await askOne(run, jobFor('good'))).toMatchObject({ kind: 'forecast' });
  });
});

test('the third lost child ends the run', async () => {
  await using run = openOdd();
  await askOne(run, jobFor('leaving'));
  await askOne(run, jobFor('leaving'));
  await expect(askOne(run, jobFor('leaving'))).rejects.toSatisfy((error) =>
    isRefusal(error, 'TRAINING_FAILED'),
  );
});

test('a module that cannot be loaded is told, with what the child wrote about it', async () => {
  const worker = new URL('./not-there.ts', import.meta.url);
  await using run = forkedForecaster({ ...options, worker }).open(
    plan,
    new AbortController().signal,
  );
  expect(await askOne(run, jobFor('cart'))).toMatchObject({ kind: 'failed' });
  await askOne(run, jobFor('cart'));
  const lost = await askOne(run, jobFor('cart')).catch((error: unknown) => error as Error);
  expect(String((lost as Error).cause)).toContain('not-there.ts');
});

test('no child outlives the run', async () => {
  const run = openOdd();
  const pid = Number(reasonOf(await askOne(run, jobFor('pid'))));
  expect(isAlive(pid)).toBe(true);
  await run[Symbol.asyncDispose]();
  expect(isAlive(pid)).toBe(false);
});

test('no child outlives the signal, however stubborn', async () => {
  const stop = new AbortController();
  // Patience is short, so that a child that ignores SIGTERM is killed at once.
  await using run = openOdd(stop.signal, async () => undefined);
  const pid = Number(reasonOf(await askOne(run, jobFor('stubborn'))));
  const answer = askOne(run, jobFor('silent'));
  stop.abort(new Error('stopped'));
  await expect(answer).rejects.toThrow('stopped');
  expect(isAlive(pid)).toBe(false);
  await expect(askOne(run, jobFor('good'))).rejects.toThrow('stopped');
});
