import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LEVELS } from '../domain/forecast.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import { epochMs, STEP, type EpochMs } from '../domain/units.ts';
import type { Issues } from '../forecast/replay/quarters.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** What a forecast depends on, beside the trace. */
const SOURCES = ['domain/*.ts', 'forecast/{models,training}/*.ts', 'main/replay-issues.ts'];

/** SHA-256 of the sources that forecasts are made by. */
export function hashOfTheCode(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: ROOT }).toSorted();
  for (const file of files.filter((name) => !name.includes('.test.'))) {
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

/**
 * Forecasts of one trace: read from the folder where they were made before by the same code, else made, all of them,
 * and written there.
 */
export function cachedIssues(
  folder: string,
  key: readonly string[],
  origins: readonly EpochMs[],
  make: Issues,
): Issues {
  const name = createHash('sha256').update(key.join('\n')).digest('hex');
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    const made = origins.map((origin) => plain(origin, make(origin)));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.part`, JSON.stringify(made));
    renameSync(`${file}.part`, file);
  }
  const rows: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const known = new Map((Array.isArray(rows) ? rows : []).map(issueOf));
  return (origin) => known.get(origin);
}

/** Origin, model, horizon, then the scales and the values; the origin alone where nothing was issued. */
type Row = readonly (string | number)[];

const plain = (origin: EpochMs, issue: PackedIssue | undefined): Row =>
  issue === undefined ? [origin] : [origin, issue.model, ...issue.scales, ...issue.values];

function issueOf(row: unknown): readonly [number, PackedIssue | undefined] {
  const cells: readonly unknown[] = Array.isArray(row) ? row : [];
  const [origin, model, ...figures] = cells;
  if (typeof origin !== 'number') throw new Error('a cached forecast has no origin');
  if (typeof model !== 'string') return [origin, undefined];
  const numbers = figures.map(Number);
  return [
    origin,
    {
      key: { namespace: 'replay', component: 'trace' },
      resource: 'cpu',
      issuedAt: epochMs(origin),
      start: epochMs(origin),
      step: STEP,
      levels: LEVELS,
      scales: Float32Array.from(numbers.slice(0, LEVELS.length)),
      values: Uint16Array.from(numbers.slice(LEVELS.length)),
      model,
      run: 'replay',
    },
  ];
}
