import { mkdir, open, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal, storeUnavailable } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { decodeFrame, encodeFrame, type Frame } from './spill-frames.ts';
import { soundFrames } from './spill-repair.ts';

const SEGMENT_BYTES = 4 * 1024 * 1024;
const SEGMENT = /^\d{8}\.spill$/;
const NUMBER_DIGITS = 8;
/** A lane holds one kind of entry of one UTC day, so that a day which the store refuses holds up no other. */
const LANE = /^[a-z]+-\d{4}-\d\d-\d\d$/;

/** One frame that waits. */
type Place = { readonly path: string; readonly frame: Frame };
type Segment = {
  readonly path: string;
  readonly number: number;
  bytes: number;
  /** Nothing is added to it: what a failed write left at its end is not known. */
  isSealed: boolean;
  readonly frames: Frame[];
};
export type SpillFiles = Awaited<ReturnType<typeof openSpillFiles>>;

/**
 * Queues on disk, one per lane: append only, in segments of about 4 MiB, oldest first. A segment goes when
 * all its frames have gone; after a crash the frames of a segment that was begun come once more.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when the directory cannot be used.
 */
export async function openSpillFiles(
  directory: string,
  limitBytes: number,
  log: Log,
  segmentBytes = SEGMENT_BYTES,
) {
  const lanes = await foundLanes(directory, log).catch((cause: unknown) => {
    throw refusal('CONFIG_INVALID', `the spill directory ${directory} cannot be used`, { cause });
  });
  const oneByOne = queueOfWork();
  const segments = (): Segment[] => [...lanes.values()].flat();
  const isWaiting = (lane: string): boolean =>
    lanes.get(lane)?.some(({ frames }) => frames.length > 0) === true;
  const sizes = (): number => segments().reduce((sum, { bytes }) => sum + bytes, 0);

  async function append(lane: string, frame: Buffer): Promise<void> {
    if (sizes() + frame.length > limitBytes) {
      const details = { bytes: sizes(), limitBytes };
      throw refusal('STORE_UNAVAILABLE', 'the spill is full', { details });
    }
    const segment = await segmentFor(lane);
    await using file = await open(segment.path, 'a');
    try {
      await file.appendFile(frame);
      await file.datasync();
    } catch (error) {
      // Half a frame would hide those after it.
      segment.isSealed = true;
      await file.truncate(segment.bytes).catch(() => {});
      throw error;
    }
    const from = segment.bytes + frame.indexOf('\n') + 1;
    segment.bytes += frame.length;
    segment.frames.push({ from, to: segment.bytes - 1 });
  }

  async function segmentFor(lane: string): Promise<Segment> {
    const existing = lanes.get(lane) ?? [];
    const last = existing.at(-1);
    if (last !== undefined && !last.isSealed && last.bytes < segmentBytes) return last;
    const number = (last?.number ?? 0) + 1;
    const name = `${String(number).padStart(NUMBER_DIGITS, '0')}.spill`;
    const folder = join(directory, lane);
    await mkdir(folder, { recursive: true });
    const segment = { path: join(folder, name), number, bytes: 0, isSealed: false, frames: [] };
    await (await open(segment.path, 'w')).close();
    // The names must survive a loss of power too.
    for (const path of [folder, directory]) await synced(path);
    lanes.set(lane, [...existing, segment]);
    return segment;
  }

  async function drop(lane: string, count: number): Promise<void> {
    let left = count;
    for (const segment of lanes.get(lane) ?? []) {
      left -= segment.frames.splice(0, left).length;
      if (segment.frames.length === 0) await rm(segment.path, { force: true });
    }
    const rest = (lanes.get(lane) ?? []).filter(({ frames }) => frames.length > 0);
    if (rest.length > 0) {
      lanes.set(lane, rest);
      return;
    }
    lanes.delete(lane);
    await rmdir(join(directory, lane)).catch(() => {});
  }

  return {
    /** Resolved = on disk. @throws {SelfScalingError} `STORE_UNAVAILABLE` when it is full or the disk refuses. */
    async append(lane: string, entries: readonly unknown[]): Promise<void> {
      const frame = encodeFrame(entries);
      await oneByOne(() => append(lane, frame)).catch((error: unknown) => {
        if (error instanceof Error && 'syscall' in error) {
          throw storeUnavailable(`the spill cannot be written: ${error.message}`, error);
        }
        throw error;
      });
    },

    /** Lanes in which something waits, the oldest day first. */
    lanes: (): string[] =>
      [...lanes.keys()].filter(isWaiting).toSorted((a, b) => compare(dayOf(a), dayOf(b))),
    isWaiting,
    /** The frames of a lane as they are now, oldest first. */
    frames: (lane: string): Place[] =>
      (lanes.get(lane) ?? []).flatMap(({ path, frames }) =>
        frames.map((frame) => ({ path, frame })),
      ),
    /** `undefined` when the frame has gone since, or holds no list. */
    async read({ path, frame }: Place): Promise<readonly unknown[] | undefined> {
      await using file = await open(path, 'r').catch(nothingWhenGone);
      if (file === undefined) return undefined;
      const body = Buffer.alloc(frame.to - frame.from);
      await file.read(body, 0, body.length, frame.from);
      return decodeFrame(body);
    },
    /** Removes the first `count` frames of a lane: they are in the store. */
    drop: (lane: string, count: number): Promise<void> => oneByOne(() => drop(lane, count)),

    sizes: (): { readonly bytes: number; readonly frames: number } => ({
      bytes: sizes(),
      frames: segments().reduce((sum, { frames }) => sum + frames.length, 0),
    }),
    /** Waits for what is being written. */
    close: (): Promise<void> => oneByOne(async () => {}),
  };
}

async function foundLanes(directory: string, log: Log): Promise<Map<string, Segment[]>> {
  await mkdir(directory, { recursive: true });
  await synced(directory);
  const lanes = new Map<string, Segment[]>();
  for (const lane of (await readdir(directory)).filter((name) => LANE.test(name))) {
    const names = (await readdir(join(directory, lane))).filter((name) => SEGMENT.test(name));
    const segments: Segment[] = [];
    for (const name of names.toSorted()) {
      const path = join(directory, lane, name);
      const sound = await soundFrames(path, directory, log);
      if (sound.frames.length === 0) await rm(path);
      else segments.push({ path, number: Number.parseInt(name, 10), isSealed: false, ...sound });
    }
    if (segments.length > 0) lanes.set(lane, segments);
  }
  return lanes;
}

/** Runs one piece of work after another, in the order of asking. */
function queueOfWork() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
}

async function synced(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function nothingWhenGone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

const dayOf = (lane: string): string => lane.slice(lane.indexOf('-'));
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
