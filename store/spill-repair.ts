import { copyFile, mkdir, open, readFile, rename, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../domain/log.ts';
import { scanFrames, type Frame } from './spill-frames.ts';

/**
 * The frames of a segment that a former process wrote, after what is wrong with it has been put right: a
 * torn end is cut; a damaged segment is copied to `damaged/` and keeps its sound frames.
 */
export async function soundFrames(
  path: string,
  directory: string,
  log: Log,
): Promise<{ readonly frames: Frame[]; readonly bytes: number }> {
  const segment = await readFile(path);
  const { frames, end, state } = scanFrames(segment);
  if (state === 'whole') return { frames: [...frames], bytes: segment.length };
  if (state === 'torn') {
    await truncate(path, end);
    log.info({ path, bytes: segment.length - end }, 'a frame that was never acknowledged is cut');
    return { frames: [...frames], bytes: end };
  }
  const aside = join(directory, 'damaged', `${basename(dirname(path))}-${basename(path)}`);
  await mkdir(dirname(aside), { recursive: true });
  await copyFile(path, aside);
  log.error({ path, aside, sound: frames.length }, 'a spilled segment is damaged and set aside');
  return rewritten(path, segment, frames);
}

/** By a rename, so that a crash leaves the old segment or the new one. */
async function rewritten(
  path: string,
  segment: Buffer,
  frames: readonly Frame[],
): Promise<{ readonly frames: Frame[]; readonly bytes: number }> {
  const parts = frames.map(({ from, to }) =>
    // Backwards from the body to its header, which has one `#` and no other.
    segment.subarray(segment.lastIndexOf('#', from), to + 1),
  );
  const sound = Buffer.concat(parts);
  {
    await using file = await open(`${path}.new`, 'w');
    await file.writeFile(sound);
    await file.datasync();
  }
  await rename(`${path}.new`, path);
  return { frames: [...scanFrames(sound).frames], bytes: sound.length };
}
