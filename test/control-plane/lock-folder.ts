import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ASK_AGAIN_MS = 1000;

/** Lets one process at a time work in the folder; the others wait. A dead holder's lock is taken over. */
export async function lockFolder(
  folder: string,
  report: (line: string) => void,
): Promise<AsyncDisposable> {
  const file = join(folder, '.lock');
  let waitingFor: number | undefined;
  while (!(await take(file))) {
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder !== 0 && !isAlive(holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (holder !== waitingFor) report(`another build runs (process ${holder}); waiting for it`);
    waitingFor = holder;
    await delay(ASK_AGAIN_MS);
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
