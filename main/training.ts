import { WHOLE, type Shard } from '../forecast/training/shards.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { refusal } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import { durationMs, seconds, untilNextBeat } from '../domain/units.ts';
import type { Parts } from './parts.ts';
import type { Execute } from './run-board.ts';
import { counted, trainingRun, tuningRun, type Trainer } from './training-run.ts';

/** After the boundary of a step the collector still writes the bucket that has just closed. */
const AFTER_THE_STEP = seconds(20);

export type Once = Trainer & {
  /** Tunes the network, and nothing else. */
  readonly fineTune?: boolean;
};

/**
 * The training module: takes up runs that were asked for, which choose for every component anew, and each step renews
 * the forecasts of its share.
 */
export async function train(parts: Parts, trainer: Trainer, signal: AbortSignal): Promise<void> {
  const { board, clock, config, log } = parts;
  const { shard = WHOLE } = trainer;
  const execute = oneAtATime(counted(trainingRun(parts, trainer), trainer.meters));
  const schedule = async (stop: AbortSignal): Promise<void> => {
    await clock.sleep(AFTER_THE_STEP, stop);
    if (shard.of === 1) await board.startUnlessUnderWay('train', 'schedule', stop);
    else
      await board.perform(
        { kind: 'train', trigger: 'schedule', name: nameOf(shard) },
        execute,
        stop,
      );
  };
  const later = (error: unknown): void =>
    log.warn({ err: error }, 'a training run could not be asked for; the next is due on the beat');
  await Promise.all([
    board.work('train', execute, signal),
    afterFirstBeat(parts, signal, () =>
      onEveryBeat(config.training.every, schedule, later, clock, signal),
    ),
  ]);
}

/**
 * Chooses once for every component of a share, as a Job does.
 * @throws {SelfScalingError} `TRAINING_FAILED` when the run failed or was cut short.
 */
export async function trainOnce(parts: Parts, trainer: Once, signal: AbortSignal): Promise<Run> {
  const { fineTune = false, shard = WHOLE } = trainer;
  const name = fineTune ? 'fine-tuning' : nameOf(shard);
  const execute = fineTune ? tuningRun(parts) : trainingRun(parts, trainer);
  const ended = await parts.board.perform(
    { kind: 'train', trigger: 'start', name },
    execute,
    signal,
  );
  if (ended.state === 'done') return ended;
  throw refusal('TRAINING_FAILED', `the run failed: ${ended.reason ?? 'it does not say why'}`);
}

const nameOf = ({ index, of }: Shard): string => `${index}of${of}`;

/** What is asked for and what is due would write the same choices. */
function oneAtATime(execute: Execute): Execute {
  let last: Promise<unknown> = Promise.resolve();
  return (...asked) => {
    const mine = last.then(() => execute(...asked));
    last = mine.catch(() => undefined);
    return mine;
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
