import { bucketStart, days } from '../../domain/units.ts';
import type { Progress, Trained, TrainJob, TrainPorts } from './ports.ts';
import { WHOLE } from './shards.ts';
import { horizonOf } from './spans.ts';
import { openRun } from './train-pages.ts';

/**
 * Once around: history in, forecasts and scores out, a result for each component; one component's trouble stops no
 * other. Reads history and what was chosen before; what an earlier run forecast teaches nothing.
 *
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`, `TRAINING_FAILED`; what was written before stays.
 */
export async function trainAll(
  ports: TrainPorts,
  job: TrainJob,
  progress: Progress,
  signal: AbortSignal,
): Promise<Trained> {
  const { weights } = job;
  await using forecaster = ports.forecaster.open(
    {
      horizon: horizonOf(job.futureDays),
      now: job.now,
      at: bucketStart(job.now, days(1)),
      ...(weights === undefined ? {} : { weights }),
    },
    signal,
  );
  const run = openRun(ports, job, forecaster, { progress, signal });
  if (job.choose === 'all') await run.choose(job.shard ?? WHOLE);
  else await run.choose(await run.renew());
  return { ...run.done(), used: forecaster.used() };
}
