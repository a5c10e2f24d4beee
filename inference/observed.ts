import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { Log } from '../domain/log.ts';
import { days, epochMs, hours, STEPS_A_DAY, type EpochMs, type Window } from '../domain/units.ts';
import type { Capacity } from './capacity.ts';

/** Whole buckets of everybody in the window. */
export interface BucketReader {
  readBuckets(window: Window, signal: AbortSignal): Promise<readonly UsageBucket[]>;
}

const LOOK_BACK_DAYS = 14;
const BUSIEST = 0.9;
/** Less than a day says nothing about a busiest hour. */
const LEAST_BUCKETS = STEPS_A_DAY;
const READ_AGAIN = { known: days(1), unknown: hours(1) };
const DIGITS = 2;

/**
 * What pods without a request were seen to use at their busiest: the 90 % quantile over 14 days of usage
 * per ready pod. Read once a day, only while somebody needs it, and rounded to two digits, so that it is
 * not a new number, and a new HPA, every day.
 */
export function observedUsage(reader: BucketReader, log: Log) {
  const known = new Map<string, { readonly at: EpochMs; readonly usage: Capacity }>();
  const isDue = (key: ComponentKey, now: EpochMs): boolean => {
    const held = known.get(idOf(key));
    if (held === undefined) return true;
    const isEmpty = Object.keys(held.usage).length === 0;
    return Math.abs(now - held.at) >= (isEmpty ? READ_AGAIN.unknown : READ_AGAIN.known);
  };
  return {
    of: (key: ComponentKey): Capacity => known.get(idOf(key))?.usage ?? {},
    /** A store that is away leaves what was known. */
    async renew(wanted: readonly ComponentKey[], now: EpochMs, signal: AbortSignal): Promise<void> {
      const ids = new Set(wanted.filter((key) => isDue(key, now)).map(idOf));
      if (ids.size === 0) return;
      try {
        const perPod = await readPerPod(reader, ids, now, signal);
        for (const id of ids) known.set(id, { at: now, usage: busiest(perPod.get(id) ?? []) });
      } catch (err) {
        signal.throwIfAborted();
        log.warn({ err }, 'what pods without requests use could not be read; they wait for it');
      }
    },
  };
}

type PerPod = { readonly cpu: number; readonly memory: number };

/** Day by day: a fortnight of everybody need not be in memory at once. */
async function readPerPod(
  reader: BucketReader,
  ids: ReadonlySet<string>,
  now: EpochMs,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly PerPod[]>> {
  const perPod = new Map<string, PerPod[]>();
  for (let day = LOOK_BACK_DAYS; day > 0; day -= 1) {
    const from = epochMs(now - day * days(1));
    const buckets = await reader.readBuckets({ from, to: epochMs(from + days(1)) }, signal);
    for (const { key, cpu, memory, replicasReady } of buckets) {
      const id = idOf(key);
      if (!ids.has(id) || !(replicasReady > 0)) continue;
      const list = perPod.get(id) ?? [];
      list.push({ cpu: cpu / replicasReady, memory: memory / replicasReady });
      perPod.set(id, list);
    }
  }
  return perPod;
}

function busiest(perPod: readonly PerPod[]): Capacity {
  if (perPod.length < LEAST_BUCKETS) return {};
  return Object.fromEntries(
    RESOURCES.flatMap((resource) => {
      const sorted = perPod.map((one) => one[resource]).toSorted((a, b) => a - b);
      const value = sorted[Math.ceil(BUSIEST * sorted.length) - 1];
      return value === undefined || value <= 0 ? [] : [[resource, shortened(value)]];
    }),
  );
}

const shortened = (value: number): number => Number(value.toPrecision(DIGITS));
