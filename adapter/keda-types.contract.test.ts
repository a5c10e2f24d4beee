import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const KEPT = 'adapter/keda-types';

test('the types of KEDA’s contract are those that npm run generate:keda makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'self-scaling-types-'));
  try {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [program = '', ...args] = (scripts['generate:keda'] ?? '').split(' ');
    execFileSync(
      join('node_modules/.bin', program),
      args.map((arg) => arg.replace(KEPT, folder)),
    );
    const filesIn = (root: string) =>
      globSync('**/*.ts', { cwd: root })
        .toSorted()
        .map((file) => [file, readFileSync(join(root, file), 'utf8')]);
    expect(filesIn(folder).length).toBeGreaterThan(0);
    expect(filesIn(KEPT)).toEqual(filesIn(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
