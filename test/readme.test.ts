import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readmeCommands } from './readme.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..');
const commands = readmeCommands();

/** Where else each kind of command is run for real. */
const RUN_BY: Readonly<Record<string, string>> = {
  'npm start': 'test/e2e/fresh-clone.e2e.test.ts',
  'npm test': 'test/run.ts',
  'npm run control-plane': 'test/control-plane/by-hand.ts',
  'npm run bundle': 'test/e2e/image.e2e.test.ts',
  curl: 'test/e2e/rest-contract.e2e.test.ts',
  helm: 'test/e2e/chart.e2e.test.ts',
  'node main.ts': 'test/readme.test.ts',
  kubectl: 'test/e2e/main-job.e2e.test.ts',
  'export PATH=': 'test/e2e/fresh-clone.e2e.test.ts',
};

describe('the README', () => {
  test('has commands, and says none that no test knows', () => {
    expect(commands.length).toBeGreaterThan(10);
    const strangers = commands.filter(
      (command) => !Object.keys(RUN_BY).some((known) => command.startsWith(known)),
    );
    expect(strangers).toEqual([]);
    expect(Object.values(RUN_BY).filter((file) => !existsSync(resolve(ROOT, file)))).toEqual([]);
  });

  test('names only npm scripts that there are', () => {
    const scripts = readFileSync(resolve(ROOT, 'package.json'), 'utf8');
    const named = commands.flatMap((command) => /^npm (?:run )?([\w-]+)/.exec(command)?.[1] ?? []);
    expect(named.filter((name) => !scripts.includes(`"${name}":`))).toEqual([]);
  });

  test.each(commands.filter((command) => command.startsWith('node main.ts')))(
    'has right flags in: %s',
    async (command) => {
      const [, , name = '', ...rest] = command.split(/\s+/);
      const { stdout } = await run(process.execPath, ['main.ts', name, '--help'], { cwd: ROOT });
      const flags = rest.filter((word) => word.startsWith('--'));
      expect(flags.filter((flag) => !stdout.includes(`${flag} `))).toEqual([]);
    },
  );

  test('links to files that there are', () => {
    const text = readFileSync(resolve(ROOT, 'README.md'), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)(?<path>[^)#]+)\)/g)].map(
      ({ groups }) => groups?.['path'] ?? '',
    );
    expect(links.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
  });
});
