import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** How one step of the whole run ended; the counts are of tests, so checks have none. */
export type Outcome = {
  readonly name: string;
  readonly isOk: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

type Ring = 'unit' | 'contract' | 'e2e';
type Say = (line: string) => void;

const root = resolve(import.meta.dirname, '..');

/** Runs a tool quietly; what it said is shown when it finds something, with the cure if it has one. */
export async function runCheck(
  name: string,
  command: readonly string[],
  cure: string | undefined,
  say: Say,
): Promise<Outcome> {
  const begun = performance.now();
  const { code, output } = await run(command, 'pipe');
  const isOk = code === 0;
  const took = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  if (!isOk) say(output.trimEnd());
  say(`${isOk ? 'ok     ' : 'FAILED '} ${name}  ${took}${isOk || !cure ? '' : `  (run: ${cure})`}`);
  return { name, isOk, passed: 0, failed: 0, skipped: 0 };
}

/** One for the eye, one for counting; the file's name follows. */
const REPORTERS = ['--reporter=default', '--reporter=json', '--outputFile.json'];

/** Runs one ring of tests in the open, and counts. */
export async function runRing(ring: Ring, scratch: string, say: Say): Promise<Outcome> {
  const report = join(scratch, `${ring}.json`);
  const { code } = await run(
    ['vitest', 'run', '--project', ring, '--passWithNoTests', ...REPORTERS, report],
    'inherit',
  );
  const counts = count(await readFile(report, 'utf8').catch(() => '{}'));
  const isOk = code === 0 && counts.failed === 0;
  say(`${isOk ? 'ok     ' : 'FAILED '} ${ring}`);
  return { name: ring, isOk, ...counts };
}

/** Does not run a ring, and says how many tests that leaves out. */
export async function skipRing(ring: Ring, scratch: string, say: Say): Promise<Outcome> {
  const list = join(scratch, `${ring}-list.json`);
  await run(['vitest', 'list', '--project', ring, `--json=${list}`], 'pipe');
  const tests: unknown = JSON.parse(await readFile(list, 'utf8').catch(() => '[]'));
  const skipped = Array.isArray(tests) ? tests.length : 0;
  say(`skipped ${ring}`);
  return { name: ring, isOk: true, passed: 0, failed: 0, skipped };
}

type Report = {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/** A file that could not even be loaded has no failed test, and counts as one. */
export function count(text: string): Pick<Outcome, 'passed' | 'failed' | 'skipped'> {
  const report = JSON.parse(text) as Report;
  const unloaded = (report.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests ?? 0,
    failed: (report.numFailedTests ?? 0) + unloaded.length,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  };
}

async function run(
  [program = '', ...args]: readonly string[],
  output: 'pipe' | 'inherit',
): Promise<{ code: number; output: string }> {
  const bin = join(root, 'node_modules/.bin');
  const child = spawn(join(bin, program), args, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', output, output],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const stop = () => child.kill();
  process.once('exit', stop);
  const [code] = await once(child, 'close');
  process.off('exit', stop);
  return { code: typeof code === 'number' ? code : 1, output: said };
}
