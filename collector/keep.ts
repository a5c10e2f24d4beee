import type { UsageBucket } from '../domain/bucket.ts';
import { isRefusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { kept, unkeptOf, type Quarter } from './open-buckets.ts';

/**
 * Where buckets go. Resolved means durable; a rejection means that nothing was acknowledged, and the
 * same buckets come again in a later round.
 */
export interface BucketSink {
  appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void>;
}

type Context = {
  readonly log: Log;
  readonly lost: (points: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Writes what the store lacks, oldest first, and puts each quarter back as it then stands.
 *
 * @throws {SelfScalingError} what the sink refused with; everything is still here.
 */
export async function keepBuckets(
  quarters: readonly Quarter[],
  sink: BucketSink,
  put: (quarter: Quarter) => void,
  context: Context,
): Promise<void> {
  const resumed = quarters.filter((quarter) => quarter.resumed);
  const lacking = resumed.flatMap(unkeptOf);
  if (lacking.length === 0) return;
  await append(lacking, sink, context);
  for (const quarter of resumed) put(kept(quarter));
}

/** All at once; where the store finds fault with one bucket, in halves, so that it costs no other. */
async function append(
  buckets: readonly UsageBucket[],
  sink: BucketSink,
  { log, lost, signal }: Context,
): Promise<void> {
  try {
    await sink.appendHistory(buckets, signal);
  } catch (failure) {
    if (!isRefusal(failure, 'REQUEST_INVALID')) throw failure;
    const [only] = buckets;
    if (only !== undefined && buckets.length === 1) {
      log.error(
        { err: failure, key: only.key },
        'the store will never take this bucket; it is left',
      );
      lost(1);
      return;
    }
    const half = Math.ceil(buckets.length / 2);
    await append(buckets.slice(0, half), sink, { log, lost, signal });
    await append(buckets.slice(half), sink, { log, lost, signal });
  }
}
