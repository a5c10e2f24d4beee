import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { refusal } from '../domain/errors.ts';

/**
 * Makes a folder this process' own: two that write into one spill would undo each other. What a process left that was
 * killed is taken over; whether one on another machine still runs cannot be known, so it is taken for gone.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` naming the process that has it, or when it cannot be written.
 */
export async function lockFolder(folder: string, setting: string): Promise<AsyncDisposable> {
  const file = join(folder, '.owner');
  const mine = `${hostname()} ${process.pid}\n`;
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw refusal('CONFIG_INVALID', `${setting}: ${folder} cannot be made; name another folder`, {
      cause,
    });
  });
  const take = (): Promise<void> => writeFile(file, mine, { flag: 'wx', mode: 0o600 });
  try {
    await take();
  } catch (cause) {
    const owner = await readFile(file, 'utf8').catch(() => '');
    const [host, pid] = owner.trim().split(' ');
    if (host === hostname() && Number(pid) !== process.pid && isAlive(Number(pid))) {
      throw refusal(
        'CONFIG_INVALID',
        `${setting}: ${folder} is in use by process ${pid}; end it, or name another folder`,
        { cause },
      );
    }
    await rm(file, { force: true });
    await take();
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
