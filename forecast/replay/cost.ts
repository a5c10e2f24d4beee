import type { EpochMs } from '../../domain/units.ts';
import { TICK } from './trace.ts';

/** What one policy did to one trace, from the end of the warm-up. */
export type Cost = {
  /** Pods that existed, paid whether ready or not. */
  readonly podHours: number;
  /** Minutes in which the ready pods carried less than the demand. */
  readonly shortMinutes: number;
  readonly unservedShare: number;
  readonly idleShare: number;
  readonly rescales: number;
  /** Short minutes of the worst UTC day. */
  readonly worstShortMinutes: number;
  /** Share of ticks that were not short. */
  readonly servedTicks: number;
};

export type Moment = {
  readonly at: EpochMs;
  readonly demand: number;
  readonly pods: number;
  /** Of the ready pods. */
  readonly capacity: number;
  readonly isRescaled: boolean;
};

const TICKS_A_MINUTE = 4;
const TICKS_AN_HOUR = 240;
const DAY_MS = 86_400_000;

/** Adds up the ticks of one replay. */
export function costMeter() {
  const shortByDay = new Map<number, number>();
  const sums = { ticks: 0, pods: 0, short: 0, unserved: 0, demand: 0, idle: 0, capacity: 0 };
  let rescales = 0;
  return {
    add({ at, demand, pods, capacity, isRescaled }: Moment): void {
      sums.ticks += 1;
      sums.pods += pods;
      sums.demand += demand;
      sums.capacity += capacity;
      sums.unserved += Math.max(0, demand - capacity);
      sums.idle += Math.max(0, capacity - demand);
      if (isRescaled) rescales += 1;
      if (demand <= capacity) return;
      sums.short += 1;
      const day = Math.floor(at / DAY_MS);
      shortByDay.set(day, (shortByDay.get(day) ?? 0) + 1);
    },
    cost: (): Cost => ({
      podHours: sums.pods / TICKS_AN_HOUR,
      shortMinutes: sums.short / TICKS_A_MINUTE,
      unservedShare: share(sums.unserved, sums.demand),
      idleShare: share(sums.idle, sums.capacity),
      rescales,
      worstShortMinutes: Math.max(0, ...shortByDay.values()) / TICKS_A_MINUTE,
      servedTicks: 1 - share(sums.short, sums.ticks),
    }),
  };
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** A policy against another on the same trace: short minutes with one added to both, so that none is a number too. */
export const ratiosOf = (own: Cost, other: Cost) => ({
  shortMinutes: (own.shortMinutes + 1) / (other.shortMinutes + 1),
  podHours: own.podHours / other.podHours,
});

/** A tick lasts as long as a sync: the constants above say so. */
export const TICKS_A_DAY = DAY_MS / TICK;
