import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Debian's package, unpacked and not installed: nothing of it runs but this tool. */
const UNPACKED = join(homedir(), '.cache/self-scaling/tools/prometheus');
const CACHED = join(UNPACKED, 'usr/bin/promtool');

const isOnPath = (): boolean => spawnSync('promtool', ['--version']).error === undefined;

export const promtool = (): string => (isOnPath() ? 'promtool' : CACHED);

/** Why the checks of Prometheus cannot be run; tries to fetch the tool first, where Debian's packages can be had. */
export function whyNoPromtool(): string | undefined {
  if (isOnPath() || existsSync(CACHED)) return undefined;
  mkdirSync(UNPACKED, { recursive: true });
  const got = spawnSync('apt-get', ['download', '-qq', 'prometheus'], { cwd: UNPACKED });
  const [archive] = globSync('prometheus_*.deb', { cwd: UNPACKED });
  if (got.status === 0 && archive !== undefined) {
    spawnSync('dpkg', ['-x', archive, '.'], { cwd: UNPACKED });
  }
  return existsSync(CACHED)
    ? undefined
    : '(skipped: no promtool; install Debian’s package prometheus)';
}
