import type { HealthCheck } from '../api/checks.ts';
import { isRefusal } from '../domain/errors.ts';
import { minutes, type EpochMs } from '../domain/units.ts';
import type { Parts } from './parts.ts';
import type { World } from './world.ts';

/** A round may be late by one; more means that nothing is sampled. */
const OLDEST_SAMPLE = minutes(3);

/** What `GET /v1/health` and the readiness probe ask: the store, the cluster, the collection. */
export function healthOf(
  { clock, store }: Pick<Parts, 'clock' | 'store'>,
  world: Pick<World, 'workloads'>,
  control: { sampledAt(): EpochMs | undefined },
) {
  return {
    async checks(signal: AbortSignal): Promise<readonly HealthCheck[]> {
      const answer = await store.check(signal);
      return [
        answer.ok
          ? { name: 'store', healthy: true }
          : { name: 'store', healthy: false, why: answer.why },
        clusterCheck(world),
        collectionCheck(control.sampledAt(), clock.now()),
      ];
    },
  };
}

function clusterCheck(world: Pick<World, 'workloads'>): HealthCheck {
  try {
    world.workloads();
    return { name: 'kubernetes', healthy: true };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { name: 'kubernetes', healthy: false, why: error.message };
  }
}

/** @param last the last sample, or the beginning; `undefined` where another process collects. */
function collectionCheck(last: EpochMs | undefined, now: EpochMs): HealthCheck {
  if (last === undefined || now - last <= OLDEST_SAMPLE)
    return { name: 'collection', healthy: true };
  return { name: 'collection', healthy: false, why: 'no usage was sampled for three minutes' };
}
