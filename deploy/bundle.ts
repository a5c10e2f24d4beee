/**
 * Packs what a machine without Node, npm or a container runtime needs into one archive: the layout of the image, a Node for
 * this architecture, the systemd unit and its installer. Run with `npm run bundle -- [FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { versionOf } from '../main/command-line.ts';
import { assembleLayout } from './layout.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Fills `folder`, which must be empty or not exist, with what the archive holds. */
export function assembleBundle(folder: string): string {
  const version = versionOf();
  assembleLayout(join(folder, 'app'));
  cpSync(join(ROOT, 'README.md'), join(folder, 'app/README.md'));
  mkdirSync(join(folder, 'bin'));
  cpSync(realpathSync(process.execPath), join(folder, 'bin/node'));
  cpSync(join(ROOT, 'deploy/systemd'), folder, { recursive: true });
  writeFileSync(join(folder, 'VERSION'), `${version}\n`);
  return version;
}

const [, script, target = '.'] = process.argv;
if (script !== undefined && resolve(script) === import.meta.filename) {
  const scratch = mkdtempSync(join(tmpdir(), 'self-scaling-bundle-'));
  const folder = join(scratch, 'self-scaling');
  const name = `self-scaling-${assembleBundle(folder)}-linux-${process.arch}.tar.gz`;
  execFileSync('tar', ['-czf', resolve(target, name), '-C', scratch, 'self-scaling']);
  rmSync(scratch, { recursive: true });
  process.stdout.write(`${resolve(target, name)}\n`);
}
