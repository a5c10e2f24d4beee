import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { days, epochMs, type EpochMs } from '../domain/units.ts';
import { parseWeights } from '../forecast/models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../forecast/models/shipped-weights.ts';
import type { FineTuner } from '../forecast/training/fine-tune-process.ts';
import { memoryToJson } from '../forecast/training/choice-memory.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { TEN } from '../test/builders.ts';
import type { Parts } from './parts.ts';
import { openTuning } from './tuning.ts';

const signal = new AbortController().signal;
const shipped = parseWeights(SHIPPED_WEIGHTS).values;
const better: FineTuner['run'] = async () => ({
  kept: true,
  why: 'the held-out day is forecast 4.0 % better',
  steps: 300,
  series: 10,
  weights: shipped.map((weight) => weight / 2),
  cpuSeconds: 12,
  maxRssBytes: 2e8,
  engine: 'wasm',
});
const series = (losses: readonly number[]) => ({
  at: TEN,
  since: epochMs(TEN - days(28)),
  parts: [['network', 1]] as const,
  losses,
});

/** Five components that have been chosen for, and settings in memory. */
function aCluster(run: FineTuner['run'], losses: readonly number[] = [], at: EpochMs = TEN) {
  const kept = new Map<string, SettingEntry>();
  const keep = (entry: SettingEntry): unknown => kept.set(entry.name, entry);
  for (let index = 0; index < 5; index += 1) {
    const one = series(losses);
    const value = memoryToJson({ cpu: one, memory: one });
    keep({ name: `choice/shop/c${index}`, value, changedBy: 'training', at });
  }
  const memory = {
    entries: () => [...kept.values()],
    set: async (entries: readonly SettingEntry[]) => entries.forEach(keep),
  };
  const clock = fakeClock(at);
  const config = loadConfig({ environment: {}, flags: [] });
  const store = { async *readHistory() {} };
  const settings = { trainValues: () => ({ historyDays: 28, futureDays: 1 }) };
  const parts = { store, config, clock, settings, log: silentLog } as unknown as Parts;
  const fork = { memoryMiB: 64, sleep: async () => undefined };
  return { kept, memory, clock, parts, tuning: openTuning(parts, memory, fork, { run }) };
}

describe('the network is tuned after a run that renewed', () => {
  test('when that is called for, and once', async () => {
    const { tuning, kept } = aCluster(better);
    expect(tuning.weights()).toEqual({});
    const tuned = await tuning.afterRun('train-1', signal);
    expect(tuned).toEqual({
      tuning: '10 series have a week of history: the held-out day is forecast 4.0 % better',
      used: expect.objectContaining({ cpuSeconds: 12, maxRssBytes: 2e8 }),
    });
    expect(kept.get('fine-tuning')?.value).toEqual({ at: TEN, tuning: tuned?.tuning });
    const file: unknown = JSON.parse(tuning.weights().weights ?? '');
    expect(parseWeights(file).values).toEqual(shipped.map((weight) => weight / 2));
    expect(await tuning.afterRun('train-2', signal)).toBeUndefined();
  });
  test('and what is discarded leaves the weights in force', async () => {
    const worse: FineTuner['run'] = async (...asked) => {
      const { weights: _weights, ...result } = await better(...asked);
      return { ...result, kept: false, why: 'discarded' };
    };
    const { tuning } = aCluster(worse);
    expect(await tuning.afterRun('train-1', signal)).toMatchObject({
      tuning: '10 series have a week of history: discarded',
    });
    expect(tuning.weights()).toEqual({});
  });
  test('and a failure is told, and not tried again the same day', async () => {
    const { tuning } = aCluster(() => Promise.reject(refusal('TRAINING_FAILED', 'a hog')));
    expect(await tuning.afterRun('train-1', signal)).toMatchObject({
      tuning: '10 series have a week of history: failed: a hog',
    });
    expect(tuning.weights()).toEqual({});
    expect(await tuning.afterRun('train-2', signal)).toBeUndefined();
  });
});

test('a clock that jumped does not put tuning off until then', async () => {
  const { tuning, memory } = aCluster(better);
  const value = { at: TEN + days(365), tuning: 'asked for: discarded' };
  await memory.set([{ name: 'fine-tuning', value, changedBy: 'training', at: TEN }]);
  expect((await tuning.afterRun('train-1', signal))?.tuning).toContain('have a week of history');
});

test('weights that did worse in service are taken back after three days', async () => {
  const risen = [0.6, 0.6, 0.6, 0.9, 0.9, 0.9];
  const { tuning, memory, kept } = aCluster(better, risen);
  await tuning.tune('train-1', 'asked for', signal);
  const [set] = (kept.get('network-weights')?.value ?? []) as { at: number }[];
  const old = { ...set, at: TEN - days(3.5) } as never;
  await memory.set([{ name: 'network-weights', value: [old], changedBy: 'training', at: TEN }]);
  expect(await tuning.afterRun('train-9', signal)).toMatchObject({
    tuning: 'took back weights that did worse in service',
  });
  expect(tuning.weights()).toEqual({});
});
