/**
 * Assembles exactly what the image holds, in a folder: emitted JavaScript, production packages, licences and a list of
 * all parts (CycloneDX). Run with `node deploy/layout.ts FOLDER`; the folder must be empty or not exist.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

const ROOT = resolve(import.meta.dirname, '..');
/** What the program reads beside its own modules. */
const ASSETS = ['LICENSE', 'NOTICE', 'adapter/*.proto'];
/** The image's base brings Node; what is for another runtime (Bare) is never loaded by Node. */
const NOT_SHIPPED = ['node', 'bare-*'];
/** Of packages: what people and tools read, and other builds of the same code. */
const NOT_READ = [
  '**/*.{map,ts,mts,cts,md,markdown,flow}',
  '**/{test,tests,__tests__,benchmark,benchmarks,example,examples}',
  '**/*_test.js',
  '@tensorflow/*/dist/tf-*.js',
  '@tensorflow/*/dist/*.min.js',
  '@tensorflow/*/src',
  '@bsull/augurs/{prophet,dtw,clustering,outlier,changepoint,seasons,transforms}*',
];

const DEVELOPMENT = new Set(['bin', 'scripts', 'devDependencies', 'engines', 'allowScripts']);

/** @throws {Error} when `folder` holds something already. */
export function assembleLayout(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty; name another folder`);
  const bin = join(ROOT, 'node_modules/.bin');
  execFileSync(join(bin, 'tsc'), ['-p', join(ROOT, 'deploy/tsconfig.json'), '--outDir', folder]);
  for (const file of ASSETS.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  installPackages(folder);
}

function installPackages(folder: string): void {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  cpSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
  writeFileSync(join(folder, 'package.json'), text);
  const npm = (...args: readonly string[]): Buffer =>
    execFileSync('npm', [...args, '--loglevel=error'], { cwd: folder, maxBuffer: 2 ** 26 });
  npm('ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund');
  writeFileSync(
    join(folder, 'sbom.cdx.json'),
    npm('sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'),
  );
  const packages = join(folder, 'node_modules');
  for (const found of globSync([...NOT_SHIPPED, ...NOT_READ], { cwd: packages })) {
    rmSync(join(packages, found), { recursive: true, force: true });
  }
  for (const extra of [
    'node_modules/.bin',
    'node_modules/.package-lock.json',
    'package-lock.json',
  ]) {
    rmSync(join(folder, extra), { recursive: true, force: true });
  }
  writeFileSync(join(folder, 'package.json'), shippedManifest(text));
}

/** Nothing of how it is developed. */
function shippedManifest(text: string): string {
  const keep = (member: string, value: unknown): unknown =>
    DEVELOPMENT.has(member) ? undefined : value;
  return `${JSON.stringify(JSON.parse(text, keep), undefined, 2)}\n`;
}

const [, script, folder] = process.argv;
if (script !== undefined && resolve(script) === import.meta.filename) {
  if (folder === undefined) throw new Error('say where: node deploy/layout.ts FOLDER');
  assembleLayout(resolve(folder));
}
