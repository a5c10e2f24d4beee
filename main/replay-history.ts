import type { Moment } from '../forecast/replay/cost.ts';
import type { EpochMs } from '../domain/units.ts';

/** A stretch of a replay: the most that was there, and how long it was not enough. */
export type Stretch = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly pods: number;
  /** Demand in full pods. */
  readonly need: number;
  readonly shortMinutes: number;
};

const TICKS_A_MINUTE = 4;

/** Keeps what a chart of one policy shows: so many stretches of equal length, without those that nobody measured. */
export function historyOf(from: EpochMs, to: EpochMs, stretches: number, capacity: number) {
  const length = (to - from) / stretches;
  const kept = new Map<number, Stretch>();
  return {
    add({ at, demand, pods, capacity: ready }: Moment): void {
      const index = Math.min(stretches - 1, Math.floor((at - from) / length));
      const before = kept.get(index) ?? { from: at, to: at, pods: 0, need: 0, shortMinutes: 0 };
      kept.set(index, {
        from: before.from,
        to: at,
        pods: Math.max(before.pods, pods),
        need: Math.max(before.need, demand / capacity),
        shortMinutes: before.shortMinutes + (demand > ready ? 1 / TICKS_A_MINUTE : 0),
      });
    },
    stretches: (): readonly Stretch[] => [...kept.values()],
  };
}
