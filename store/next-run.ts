import type { Run, RunKind } from '../domain/run.ts';
import { seconds, type EpochMs } from '../domain/units.ts';

/** A runner that has been silent for longer is dead, and its run is given to the next who asks. */
const SILENCE = seconds(120);

/**
 * The run that whoever asks at `now` should carry out, as it is from then on: running, with one more
 * attempt. The oldest that waits, or that runs without a sign of life.
 *
 * @param runs in any order; `undefined` when none of them is to be had.
 */
export function nextRun(runs: readonly Run[], kind: RunKind, now: EpochMs): Run | undefined {
  const [oldest] = runs
    .filter((run) => run.kind === kind && isToBeHad(run, now))
    .toSorted((a, b) => a.createdAt - b.createdAt);
  if (oldest === undefined) return undefined;
  return {
    ...oldest,
    state: 'running',
    startedAt: now,
    heartbeat: now,
    attempts: oldest.attempts + 1,
  };
}

const isToBeHad = ({ state, heartbeat }: Run, now: EpochMs): boolean =>
  state === 'waiting' ||
  (state === 'running' && (heartbeat === undefined || heartbeat < now - SILENCE));
