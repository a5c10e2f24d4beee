import { spawnSync } from 'node:child_process';
import { goVersion, toolPath, type Program } from './programs.ts';

const OLDEST_GO = { major: 1, minor: 26 };

/** What is missing to build the programs, each with its remedy; empty when all is there. */
export function missingTools(programs: readonly Program[]): string[] {
  if (programs.length === 0) return [];
  const names = (list: readonly Program[]) => list.map(({ name }) => name).join(', ');
  const missing: string[] = [];
  if (!isNewEnough(goVersion())) {
    missing.push(`no Go that can build ${names(programs)}: install Go >= 1.26`);
  }
  const inRust = programs.filter(({ needsRust }) => needsRust);
  if (inRust.length === 0) return missing;
  if (!hasProgram('cargo')) {
    missing.push(`no cargo, needed for ${names(inRust)}: install Rust (rustup, stable)`);
  }
  const ofSystem = missingSystemTools();
  if (ofSystem.length > 0) {
    missing.push(`no ${ofSystem.join(', ')}, needed for ${names(inRust)}: install ${PACKAGES}`);
  }
  return missing;
}

/** `go1.26.8` and newer; a name that is no release (`devel …`) is given a chance. */
export function isNewEnough(version: string | undefined): boolean {
  if (version === undefined) return false;
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return true;
  return Number(major) > OLDEST_GO.major || Number(minor) >= OLDEST_GO.minor;
}

const SYSTEM_TOOLS = ['cc', 'pkg-config', 'make'];
const PACKAGES = 'gcc libc6-dev pkg-config make';

/** A bare machine of a continuous integration has root, apt-get and none of these. */
export function installSystemTools(report: (line: string) => void): void {
  const missing = missingSystemTools();
  if (missing.length === 0 || process.getuid?.() !== 0 || !hasProgram('apt-get')) return;
  report(`installing ${PACKAGES}, for want of ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES.split(' ')],
  ]) {
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
    if (status !== 0) report(`apt-get ${args[0]} failed: ${stderr.trim()}`);
  }
}

/**
 * The Rust toolchain to build with: the module in question pins an older one that need not be
 * installed. `undefined` without rustup, whose cargo is then the only one.
 */
export function rustToolchain(): string | undefined {
  const { status, stdout } = spawnSync('rustup', ['toolchain', 'list'], {
    env: toolPath(process.env),
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const installed = stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
  return installed.find((name) => name.startsWith('stable')) ?? installed[0];
}

const missingSystemTools = (): string[] => SYSTEM_TOOLS.filter((name) => !hasProgram(name));

function hasProgram(name: string): boolean {
  const { error } = spawnSync(name, ['--version'], {
    env: toolPath(process.env),
    stdio: 'ignore',
  });
  return error === undefined;
}
