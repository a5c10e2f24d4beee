import { isRefusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Window } from '../domain/units.ts';
import type { SpillFiles } from './spill-files.ts';
import { dayOf, laneOf, merged, type SpillKind } from './spill-kinds.ts';

/** As many as a store takes at once. */
const ENTRIES_A_BATCH = 5000;
/** So many minutes of an outage are read before something is written, however much they replace each other. */
const FRAMES_A_BATCH = 240;

/** What the lanes of one kind need besides their files. */
type Ends<T> = {
  readonly kind: SpillKind<T>;
  write(entries: readonly T[], signal: AbortSignal): Promise<void>;
  /** Keeps what the store will never take. */
  reject(entry: unknown, why: string): Promise<void>;
  /** An outage began: `why`. */
  away(why: string): void;
};

/** The entries of one kind on their way to the store: straight, or through the disk while it is away. */
export function spillLanes<T>(files: SpillFiles, ends: Ends<T>, log: Log) {
  const { kind } = ends;
  const isOurs = (lane: string): boolean => lane.startsWith(`${kind.name}-`);

  /** While a frame waits in a lane, what is new there goes behind it. */
  async function append(entries: readonly T[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const checked = entries.map(kind.checked);
    const behind = checked.filter((entry) => files.isWaiting(laneOf(kind, entry)));
    const straight = checked.filter((entry) => !files.isWaiting(laneOf(kind, entry)));
    const isAway = straight.length > 0 && (await isRefusedAsAway(straight, signal));
    await spill(isAway ? checked : behind);
  }

  async function isRefusedAsAway(entries: readonly T[], signal: AbortSignal): Promise<boolean> {
    try {
      await ends.write(entries, signal);
      return false;
    } catch (error) {
      if (!isRefusal(error, 'STORE_UNAVAILABLE')) throw error;
      ends.away(error.message);
      return true;
    }
  }

  async function spill(entries: readonly T[]): Promise<void> {
    for (const [lane, members] of Map.groupBy(entries, (entry) => laneOf(kind, entry))) {
      for (let from = 0; from < members.length; from += ENTRIES_A_BATCH) {
        await files.append(lane, members.slice(from, from + ENTRIES_A_BATCH));
      }
    }
  }

  /** Batch after batch, the oldest first; a batch leaves the disk when the store has it. */
  async function drain(lane: string, signal: AbortSignal): Promise<number> {
    let drained = 0;
    for (let waiting = files.frames(lane); waiting.length > 0; waiting = files.frames(lane)) {
      const batch = merged(kind);
      let taken = 0;
      for (const place of waiting.slice(0, FRAMES_A_BATCH)) {
        if (batch.size() >= ENTRIES_A_BATCH) break;
        await gather(await files.read(place), batch.add);
        taken += 1;
      }
      await deliver(batch.all(), signal);
      await files.drop(lane, taken);
      drained += taken;
    }
    return drained;
  }

  async function gather(
    values: readonly unknown[] | undefined,
    add: (entry: T) => void,
  ): Promise<void> {
    if (values === undefined) log.error({}, 'a spilled frame cannot be read, and is left out');
    for (const value of values ?? []) {
      const entry = kind.parse(value);
      if (entry === undefined) await ends.reject(value, 'it is not what this program writes');
      else add(entry);
    }
  }

  /** Halves what the store finds wrong until the bad entry stands alone: it costs itself only. */
  async function deliver(entries: readonly T[], signal: AbortSignal): Promise<void> {
    if (entries.length === 0) return;
    try {
      return await ends.write(entries, signal);
    } catch (error) {
      if (!isRefusal(error) || error.code === 'STORE_UNAVAILABLE') throw error;
      if (entries.length === 1) return await ends.reject(entries[0], error.message);
    }
    const half = Math.ceil(entries.length / 2);
    await deliver(entries.slice(0, half), signal);
    await deliver(entries.slice(half), signal);
  }

  return {
    append,
    isOurs,
    drain,
    /** What waits of the time in the window, newest of each place. */
    async waiting({ from, to }: Window): Promise<T[]> {
      const found = merged(kind);
      const add = (entry: T): void => {
        if (kind.at(entry) >= from && kind.at(entry) < to) found.add(entry);
      };
      const days = files.lanes().filter((lane) => isOurs(lane) && overlaps(lane, from, to));
      for (const place of days.flatMap(files.frames)) {
        for (const value of (await files.read(place)) ?? []) {
          const entry = kind.parse(value);
          if (entry !== undefined) add(entry);
        }
      }
      return found.all();
    },
  };

  function overlaps(lane: string, from: Window['from'], to: Window['to']): boolean {
    const day = lane.slice(kind.name.length + 1);
    return day >= dayOf(from) && day <= dayOf(to);
  }
}
