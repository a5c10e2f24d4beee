import { availableParallelism } from 'node:os';
import { forkedForecaster } from '../forecast/training/process.ts';
import type { TrainPorts } from '../forecast/training/ports.ts';
import { recentRing } from '../forecast/training/recent.ts';
import { WHOLE, type Shard } from '../forecast/training/shards.ts';
import { RECENT } from '../forecast/training/spans.ts';
import { trainAll } from '../forecast/training/train.ts';
import type { Used } from '../forecast/training/messages.ts';
import { costOf } from '../forecast/training/cost.ts';
import type { Meters } from '../api/meters.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import type { Run, RunCost } from '../domain/run.ts';
import { days, durationMs, hours, type DurationMs } from '../domain/units.ts';
import { choiceKeeper } from './choice-keeper.ts';
import { startMeasuring } from './energy-meter.ts';
import type { Parts } from './parts.ts';
import type { Execute } from './run-board.ts';
import { trainingMemory, type TrainingMemory } from './training-memory.ts';
import { openTuning } from './tuning.ts';

const BYTES_A_MEBIBYTE = 2 ** 20;
const MOST_FORKS = 4;
const JOULES_A_WATT_HOUR = 3600;

export type Trainer = {
  /**
   * Awaited before a run counts as ended: where forecasts are served by this very process they are read first, so
   * that whoever waited for the run finds them.
   */
  readonly trained?: (signal: AbortSignal) => Promise<void>;
  /** Whose components are renewed on the beat; what is asked for is done for everybody. */
  readonly shard?: Shard;
  readonly meters?: Meters;
};

/** What one run does, with the train values that are in force when it begins. */
export function trainingRun(parts: Parts, trainer: Trainer): Execute {
  const { config, clock, settings, log } = parts;
  const { trained = async () => {}, meters, shard = WHOLE } = trainer;
  const memory = trainingMemory(settings, log);
  const ports = trainPorts(parts, memory, shard);
  const tuning = openTuning(parts, memory, childOptions(config.training));
  return async (run, progress, signal, account) => {
    const measured = await startMeasuring();
    await settings.refresh(signal);
    const { historyDays, futureDays } = settings.trainValues(config.forecast);
    const isScheduled = run.trigger === 'schedule';
    const job = {
      choose: isScheduled ? ('due' as const) : ('all' as const),
      now: clock.now(),
      historyDays,
      futureDays,
      run: run.id,
      minimumHistoryMs: config.training.minimumHistory,
      // What somebody asks for is done for everybody.
      ...(run.trigger === 'rest' ? {} : { shard }),
      ...tuning.weights(),
    };
    const { results, series, used } = await trainAll(ports, job, progress, signal);
    await trained(signal).catch((error: unknown) => {
      log.warn(
        { err: error },
        'the new forecasts are stored, but not served before the next refresh',
      );
    });
    const tunes = isScheduled && shard.index === 0 && config.training.fineTune === 'auto';
    const tuned = tunes ? await tuning.afterRun(run.id, signal) : undefined;
    const cost = costOf(await measured(), together(used, tuned?.used), series, config.training);
    account({ cost, ...(tuned === undefined ? {} : { tuning: tuned.tuning }) });
    if (meters !== undefined) tell(meters, run, cost);
    return results;
  };
}

/** The network alone, whether or not that is called for. */
export function tuningRun(parts: Parts): Execute {
  const { config, settings, log } = parts;
  const tuning = openTuning(parts, trainingMemory(settings, log), childOptions(config.training));
  return async (run, _, signal, account) => {
    const measured = await startMeasuring();
    await settings.refresh(signal);
    const tuned = await tuning.tune(run.id, 'asked for', signal);
    account({
      cost: costOf(await measured(), tuned.used, 0, config.training),
      tuning: tuned.tuning,
    });
    return [];
  };
}

const together = (one: Used, other: Used = { cpuSeconds: 0, maxRssBytes: 0 }): Used => ({
  cpuSeconds: one.cpuSeconds + other.cpuSeconds,
  maxRssBytes: Math.max(one.maxRssBytes, other.maxRssBytes),
});

const childOptions = ({ memoryLimit }: Config['training']) => ({
  memoryMiB: Math.round(memoryLimit / BYTES_A_MEBIBYTE),
  // Real time: how long a child may take does not depend on the demo's clock.
  sleep: (duration: DurationMs, signal: AbortSignal) => systemClock.sleep(duration, signal),
});

function trainPorts(
  { store, config, clock }: Parts,
  memory: TrainingMemory,
  shard: Shard,
): TrainPorts {
  const { forks, minimumHistory } = config.training;
  const length = Math.max(RECENT, minimumHistory + days(1)) + hours(1);
  return {
    history: store,
    recent: recentRing(store, durationMs(length), shard),
    choices: choiceKeeper(memory, () => clock.now()),
    future: store,
    scores: store,
    forecaster: forkedForecaster({
      ...childOptions(config.training),
      forks: forks === 0 ? forksOf(availableParallelism()) : forks,
    }),
  };
}

/** One core is left to whoever serves. */
const forksOf = (cores: number): number => Math.max(1, Math.min(MOST_FORKS, cores - 1));

function tell(meters: Meters, { trigger }: Run, cost: RunCost): void {
  meters.observe('training_run_duration_seconds', cost.wallSeconds, { trigger });
  meters.count('training_cpu_seconds_total', {}, cost.cpuSeconds);
  meters.count('training_energy_joules_total', {}, cost.wattHours * JOULES_A_WATT_HOUR);
}

export function counted(execute: Execute, meters: Meters | undefined): Execute {
  if (meters === undefined) return execute;
  return async (run, ...rest) => {
    const { trigger } = run;
    try {
      const results = await execute(run, ...rest);
      meters.count('training_runs_total', { trigger, result: 'done' });
      for (const { result } of results) meters.count('training_components_total', { result });
      return results;
    } catch (error) {
      meters.count('training_runs_total', { trigger, result: 'failed' });
      throw error;
    }
  };
}
