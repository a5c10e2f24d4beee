// Makes a clone ready to run: installs the packages of package-lock.json, Node 24 among them.
// Plain JavaScript on built-ins, because the system's Node (>= 20) runs it before anything is there.
// Everything it says goes to stderr: stdout belongs to the program that runs next.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';

const OLDEST_NODE = 20;
const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.self-scaling-setup');
const verbose = process.argv.includes('--verbose');
const say = (text) => process.stderr.write(text);

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`Node ${process.versions.node} is too old: install Node >= ${OLDEST_NODE}`);
}
const lock = readFileSync(join(root, 'package-lock.json'));
const digest = createHash('sha256').update(lock).digest('hex');
if (!isReady()) install();

/** The stamp is written last of all, so it vouches for the whole; a hand's `npm ci` is found out by comparing. */
function isReady() {
  if (!hasNode24()) return false;
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === digest;
  if (!isInstalled()) return false;
  writeFileSync(stamp, digest);
  return true;
}

function install() {
  const begun = process.uptime();
  say('installing packages ... ');
  rmSync(stamp, { force: true });
  npm('ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund');
  // Node's own package puts its binary in place by an install script, which the user may have off.
  if (!hasNode24()) npm('rebuild', 'node', '--ignore-scripts=false');
  if (!hasNode24()) fail('\nnode_modules/.bin/node is not Node 24: remove node_modules, try again');
  writeFileSync(stamp, digest);
  say(`${(process.uptime() - begun).toFixed(1)} s\n`);
}

/** npm keeps a list of what it has installed, written when it has ended well. */
function isInstalled() {
  const list = join(modules, '.package-lock.json');
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(lock.toString()).packages;
  const found = JSON.parse(readFileSync(list, 'utf8')).packages;
  const isSame = (path) =>
    wanted[path]?.version === found[path]?.version &&
    wanted[path]?.integrity === found[path]?.integrity;
  const isNeeded = (path) => path !== '' && !wanted[path].optional && !wanted[path].devOptional;
  return Object.keys(found).every(isSame) && Object.keys(wanted).filter(isNeeded).every(isSame);
}

function hasNode24() {
  const { stdout } = spawnSync(join(modules, '.bin/node'), ['--version'], { encoding: 'utf8' });
  return stdout?.startsWith('v24.') ?? false;
}

/**
 * Runs the system's npm on the system's Node. This very process may run on node_modules/.bin/node
 * (npm puts that folder first on PATH), and `npm ci` is about to delete it.
 */
function npm(...args) {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((place) => !place.split(sep).includes('node_modules'))
    .join(delimiter);
  const { status, error, stdout, stderr } = spawnSync(
    'npm',
    [...args, `--loglevel=${verbose ? 'notice' : 'error'}`],
    {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: verbose ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  if (status === 0) return;
  say(`\n${stdout ?? ''}${stderr ?? ''}`);
  const why = error ? error.message : `it ended with ${status}`;
  fail(`npm ${args[0]} failed (${why}): is the package registry reachable? Then try again`);
}

function fail(message) {
  say(`${message}\n`);
  process.exit(1);
}
