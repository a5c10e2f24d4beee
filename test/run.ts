import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from './control-plane/build.ts';
import { CONTROL_PLANE, missingPrograms } from './control-plane/programs.ts';
import { runCheck, runRing, skipRing, type Outcome } from './rings.ts';

/**
 * Everything that `npm test` runs: the checks, the unit ring, then the rings on real parts, which
 * are built if they are missing. What cannot be built is named with its remedy: its ring is skipped
 * by hand, but with `CI` set that is a failure.
 */
const isCi = !['', 'false', '0'].includes(process.env['CI'] ?? '');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

// The exit hooks of what runs below end their children.
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));

const scratch = await mkdtemp(join(tmpdir(), 'self-scaling-test-'));
const outcomes: Outcome[] = [];
try {
  outcomes.push(
    await runCheck('format', ['oxfmt', '--check', '.'], 'npm run fix', say),
    await runCheck('lint', ['oxlint', '.'], 'npm run fix', say),
    await runCheck('types', ['tsc', '-p', '.'], undefined, say),
    await runCheck('unused', ['knip'], undefined, say),
    await runRing('unit', scratch, say),
  );
  outcomes.push(await buildWhatIsMissing());
  outcomes.push(await runRing('contract', scratch, say));
  const isComplete = missingPrograms(CONTROL_PLANE).length === 0;
  outcomes.push(await (isComplete ? runRing('e2e', scratch, say) : skipRing('e2e', scratch, say)));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
summarise(outcomes);

async function buildWhatIsMissing(): Promise<Outcome> {
  const reasons = new Set<string>();
  // Apart from each other: a machine without Rust shall still get its control plane.
  for (const names of [
    CONTROL_PLANE,
    ['influxd'] as const,
    ['helm'] as const,
    ['go-reference'] as const,
    ['keda-operator', 'keda-adapter'] as const,
  ]) {
    await buildPrograms(names, say).catch((error: unknown) => reasons.add(textOf(error)));
  }
  for (const reason of reasons) {
    say(isCi ? `FAILED  ${reason}` : `skipped: tests on these programs: ${reason}`);
  }
  const isOk = reasons.size === 0 || !isCi;
  return { name: 'programs', isOk, passed: 0, failed: 0, skipped: 0 };
}

function summarise(all: readonly Outcome[]): void {
  const sum = (of: (outcome: Outcome) => number): number =>
    all.reduce((total, outcome) => total + of(outcome), 0);
  const broken = all.filter(({ isOk }) => !isOk).map(({ name }) => name);
  say('');
  say(broken.length === 0 ? 'everything passed' : `not passed: ${broken.join(', ')}`);
  say(
    [
      `${sum(({ passed }) => passed)} passed`,
      `${sum(({ failed }) => failed)} failed`,
      `${sum(({ skipped }) => skipped)} skipped`,
    ].join(', '),
  );
  process.exitCode = broken.length === 0 ? 0 : 1;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
