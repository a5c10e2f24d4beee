import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');

/** What a clone would hold: tracked files, and those that are about to be. */
async function cloneInto(folder: string): Promise<void> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', args, { cwd: ROOT, maxBuffer: 2 ** 26 });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    // A file that is deleted but not committed is in no clone.
    await cp(join(ROOT, file), join(folder, file)).catch(() => undefined);
  }
}

/** The machine's own programs, without Go and without what this run has installed. */
const barePath = (): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((place) => !place.includes('node_modules') && !/(^|\/)go(\/|$)/.test(place))
    .join(delimiter);

test('npm start -- --check does all its set-up in a fresh clone, and proves the main job', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-clone-'));
  try {
    await cloneInto(join(folder, 'clone'));
    const { stdout, stderr } = await run(
      'npm',
      [
        'start',
        '--',
        '--check',
        '--data',
        join(folder, 'data'),
        '--api-port',
        '0',
        '--metrics-port',
        '0',
      ],
      {
        cwd: join(folder, 'clone'),
        env: {
          PATH: barePath(),
          HOME: process.env['HOME'],
          npm_config_cache: join(folder, 'empty-npm-cache'),
        },
        timeout: 200_000,
      },
    );
    process.stdout.write(`  ${stderr.trim().split('\n')[0] ?? ''}\n`);
    const proof = JSON.parse(stdout);
    process.stdout.write(`  first proof after ${proof.seconds} s\n`);
    expect(proof).toMatchObject({
      components: 8,
      notYet: ['newcomer'],
      metric: { kind: 'ExternalMetricValueList', items: [{ metricName: 'predicted-cpu' }] },
      rest: { 'GET /v1/components': 200, 'GET /v1/train': 200, 'GET /v1/inference': 200 },
    });
    expect(proof.historyBuckets).toBeGreaterThan(9000);
    expect(proof.forecastSteps).toBeGreaterThanOrEqual(7 * 2 * 96);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
