import { idOf, RESOURCES, type ComponentKey, type Resource } from '../../domain/component.ts';
import { prepareSteps, type PreparedHistory } from '../../domain/gaps.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import {
  epochMs,
  hours,
  STEP,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../../domain/units.ts';
import type { HistoryReader } from './columns.ts';
import { isInShard, type Shard } from './shards.ts';

/** The last days of one component, ready to be forecast from. */
export type RecentComponent = { readonly key: ComponentKey } & {
  readonly [R in Resource]: PreparedHistory;
};

/** The last days of every component of a share. */
export interface RecentHistory {
  /**
   * Takes in what came since the last time, up to the end of the window.
   * @throws {SelfScalingError} `STORE_UNAVAILABLE`; the next time takes in what is missing.
   */
  update(window: Window, signal: AbortSignal): Promise<void>;
  /** Corrects what is held of a component by what was read anew; nothing read, nothing is held. */
  correct(key: ComponentKey, columns: Readonly<Record<Resource, HistoryColumn>>): void;
  /** Components that are held. */
  count(): number;
  /** In the order of the store. */
  components(window: Window, minimum: DurationMs): Iterable<RecentComponent>;
}

/** A bucket may still come a while after its end: the store was away, or the collector was. */
const STILL_COMING = hours(2);

type Ring = { readonly key: ComponentKey } & { readonly [R in Resource]: Float32Array };

/**
 * Keeps the last days of every series in memory, four bytes a step, so that renewing forecasts reads new buckets
 * only: 15 days of 20,000 series are 115 MB. What came later than two hours is seen when the night reads all.
 *
 * @param length of what is held.
 * @param shard  whose components are held.
 */
export function recentRing(
  history: HistoryReader,
  length: DurationMs,
  shard: Shard,
): RecentHistory {
  const size = Math.ceil(length / STEP);
  const rings = new Map<string, Ring>();
  /** The step after the last that there is room for. */
  let end = Number.NEGATIVE_INFINITY;
  /** Up to when all has been taken in. */
  let taken: EpochMs | undefined;

  const slotOf = (step: number): number => ((step % size) + size) % size;

  function clear(slot: number): void {
    for (const { cpu, memory } of rings.values()) {
      cpu[slot] = Number.NaN;
      memory[slot] = Number.NaN;
    }
  }

  /** Makes room for the steps up to `to`; what lay there is too old. */
  function advance(to: number): void {
    if (to < end || to - end >= size) {
      rings.clear();
      taken = undefined;
    } else {
      for (let step = end; step < to; step += 1) clear(slotOf(step));
    }
    end = to;
  }

  function ringOf(key: ComponentKey): Ring {
    const id = idOf(key);
    const known = rings.get(id);
    if (known !== undefined) return known;
    const empty = (): Float32Array => new Float32Array(size).fill(Number.NaN);
    const ring = { key, cpu: empty(), memory: empty() };
    rings.set(id, ring);
    return ring;
  }

  function put(ring: Float32Array, { starts, values }: HistoryColumn): void {
    for (let index = 0; index < starts.length; index += 1) {
      const step = (starts[index] ?? Number.NaN) / STEP;
      if (!Number.isInteger(step) || step >= end || step < end - size) continue;
      ring[slotOf(step)] = values[index] ?? Number.NaN;
    }
  }

  /** From the first observed step of the window on. */
  function prepared(ring: Float32Array, window: Window, minimum: DurationMs): PreparedHistory {
    const isMeasured = (step: number): boolean => !Number.isNaN(ring[slotOf(step)]);
    let first = Math.max(end - size, Math.ceil(window.from / STEP));
    while (first < end && !isMeasured(first)) first += 1;
    const values = new Float64Array(Math.max(0, end - first));
    const observed = new Uint8Array(values.length);
    for (let index = 0; index < values.length; index += 1) {
      const value = ring[slotOf(first + index)] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      values[index] = value;
      observed[index] = 1;
    }
    return prepareSteps(epochMs(first * STEP), values, observed, minimum);
  }

  return {
    async update(window, signal) {
      advance(Math.floor(window.to / STEP));
      const from = taken === undefined ? window.from : Math.max(window.from, taken - STILL_COMING);
      const fresh: Window = { from: epochMs(from), to: window.to };
      for (const resource of RESOURCES) {
        for await (const column of history.readHistory('everybody', resource, fresh, signal)) {
          if (isInShard(column.key, shard)) put(ringOf(column.key)[resource], column);
        }
      }
      taken = window.to;
    },
    correct(key, columns) {
      if (!isInShard(key, shard)) return;
      if (RESOURCES.every((resource) => columns[resource].starts.length === 0)) {
        rings.delete(idOf(key));
        return;
      }
      const ring = ringOf(key);
      for (const resource of RESOURCES) put(ring[resource], columns[resource]);
    },
    count: () => rings.size,
    *components(window, minimum) {
      for (const { key, cpu, memory } of rings.values()) {
        const of = (ring: Float32Array): PreparedHistory => prepared(ring, window, minimum);
        const component = { key, cpu: of(cpu), memory: of(memory) };
        if (RESOURCES.some((resource) => !isEmpty(component[resource]))) yield component;
        else rings.delete(idOf(key));
      }
    },
  };
}

const isEmpty = (prepared: PreparedHistory): boolean =>
  !prepared.ok && prepared.defect.kind === 'empty';
