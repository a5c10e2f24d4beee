import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockFolder } from './lock-folder.ts';
import {
  missingPrograms,
  moduleFolder,
  programOf,
  programPath,
  programsFolder,
  toolPath,
  type Program,
  type ProgramName,
} from './programs.ts';
import { installSystemTools, missingTools, rustToolchain } from './toolchain.ts';

type Report = (line: string) => void;

/**
 * Builds those of the programs that are missing, one after the other, and reports each with its
 * time. Nothing is left half-built: a program appears under its name when it is whole.
 *
 * @throws {Error} naming every missing tool with its remedy, before anything is built.
 */
export async function buildPrograms(names: readonly ProgramName[], report: Report): Promise<void> {
  if (missingPrograms(names).length === 0) return;
  await mkdir(programsFolder(), { recursive: true });
  await using held = new AsyncDisposableStack();
  held.use(await lockFolder(programsFolder(), report));
  // Another process may have built them while this one waited.
  const missing = missingPrograms(names).map(programOf);
  if (missing.some(({ needsRust }) => needsRust)) installSystemTools(report);
  const lacking = missingTools(missing);
  if (lacking.length > 0) throw new Error(lacking.join('\n'));

  const scratch = held.use(await scratchFolder());
  for (const program of missing) {
    report(`building ${program.name} ${program.version}`);
    const begun = performance.now();
    await build(program, scratch.path);
    report(`built ${program.name} in ${Math.round((performance.now() - begun) / 1000)} s`);
  }
}

async function build(program: Program, scratch: string): Promise<void> {
  const env = program.needsRust ? await rustEnvironment(program, scratch) : process.env;
  const made = join(scratch, program.name);
  const args = ['build', '-trimpath'];
  if (program.tags) args.push('-tags', program.tags);
  args.push('-ldflags', `-s -w ${program.ldflags}`, '-o', made, program.from);
  await go(args, program, env);
  const path = programPath(program.name);
  await mkdir(dirname(path), { recursive: true });
  await rename(made, path);
}

/**
 * influxd links a library in Rust, which its own `pkg-config` builds on the way: a wrapper around the
 * system's, and a program of the same module.
 */
async function rustEnvironment(program: Program, scratch: string): Promise<NodeJS.ProcessEnv> {
  const wrapper = join(scratch, 'pkg-config');
  await go(['build', '-o', wrapper, 'github.com/influxdata/pkg-config'], program, process.env);
  const toolchain = rustToolchain();
  return {
    ...process.env,
    PKG_CONFIG: wrapper,
    // The library denies warnings that newer compilers have learnt since.
    RUSTFLAGS: '--cap-lints=warn',
    ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }),
  };
}

async function go(args: readonly string[], program: Program, env: NodeJS.ProcessEnv) {
  const child = spawn('go', args, {
    cwd: moduleFolder(program.module),
    env: toolPath(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  }
  const stop = () => child.kill();
  process.once('exit', stop);
  const [code] = await once(child, 'close');
  process.off('exit', stop);
  if (code !== 0) throw new Error(`${program.name} cannot be built:\n${said.trim()}`);
}

/** In the cache itself, so that the last step is a rename within one file system. */
async function scratchFolder() {
  // The lock is held: what lies here was left by a build that was killed.
  const left = globSync(join(programsFolder(), '.building-*'));
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
  const path = await mkdtemp(join(programsFolder(), '.building-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
