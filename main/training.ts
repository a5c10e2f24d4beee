import { forkedForecaster } from '../forecast/training/process.ts';
import { trainAll, type TrainPorts } from '../forecast/training/train.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { durationMs, seconds, untilNextBeat } from '../domain/units.ts';
import type { Parts } from './parts.ts';
import type { Execute } from './run-board.ts';

const BYTES_A_MEBIBYTE = 2 ** 20;
/** After the boundary of a step the collector still writes the bucket that has just closed. */
const AFTER_THE_STEP = seconds(20);

/**
 * The training module: takes up runs that were asked for, and asks for one each step itself.
 *
 * @param trained is awaited before a run counts as ended: where forecasts are served by this very process they are
 *   read first, so that whoever waited for the run finds them.
 */
export async function train(
  parts: Parts,
  signal: AbortSignal,
  trained: (signal: AbortSignal) => Promise<void> = async () => {},
): Promise<void> {
  const { board, clock, config, log } = parts;
  const schedule = async (stop: AbortSignal): Promise<void> => {
    await clock.sleep(AFTER_THE_STEP, stop);
    await board.startUnlessUnderWay('train', 'schedule', stop);
  };
  const later = (error: unknown): void =>
    log.warn({ err: error }, 'a training run could not be asked for; the next is due on the beat');
  await Promise.all([
    board.work('train', trainingRun(parts, trained), signal),
    afterFirstBeat(parts, signal, () =>
      onEveryBeat(config.training.every, schedule, later, clock, signal),
    ),
  ]);
}

/** What one run does, with the train values that are in force when it begins. */
function trainingRun(
  { store, config, clock, settings, log }: Parts,
  trained: (signal: AbortSignal) => Promise<void>,
): Execute {
  const ports: TrainPorts = {
    history: store,
    future: store,
    scores: store,
    forecaster: forkedForecaster({
      memoryMiB: Math.round(config.training.memoryLimit / BYTES_A_MEBIBYTE),
      // Real time: how long a child may take does not depend on the demo's clock.
      sleep: (duration, signal) => systemClock.sleep(duration, signal),
    }),
  };
  return async (run, progress, signal) => {
    await settings.refresh(signal);
    const { historyDays, futureDays } = settings.trainValues(config.forecast);
    const job = {
      keys: 'everybody' as const,
      now: clock.now(),
      historyDays,
      futureDays,
      run: run.id,
      minimumHistoryMs: config.training.minimumHistory,
    };
    const results = await trainAll(ports, job, progress, signal);
    await trained(signal).catch((error: unknown) => {
      log.warn(
        { err: error },
        'the new forecasts are stored, but not served before the next refresh',
      );
    });
    return results;
  };
}

/** The first scheduled run comes with the next step, not with the start: a restart is no reason to train. */
async function afterFirstBeat(
  { clock, config }: Parts,
  signal: AbortSignal,
  loop: () => Promise<void>,
): Promise<void> {
  const wait = durationMs(untilNextBeat(clock.now(), config.training.every));
  await clock.sleep(wait, signal).catch(() => undefined);
  if (!signal.aborted) await loop();
}
