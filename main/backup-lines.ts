import type { UsageBucket } from '../domain/bucket.ts';
import { RESOURCES } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { Run } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { parseDecision, parseRun, parseSetting } from '../store/documents.ts';

/** What a backup is made of; forecasts are not in it, since the first training run makes them anew. */
export type Kept =
  | { readonly kind: 'usage'; readonly value: UsageBucket }
  | { readonly kind: 'score'; readonly value: Score }
  | { readonly kind: 'decision'; readonly value: Decision }
  | { readonly kind: 'run'; readonly value: Run }
  | { readonly kind: 'setting'; readonly value: SettingEntry };

/** The first line of a backup. */
export const HEAD = '{"kind":"self-scaling backup","version":1}';

export const lineOf = ({ kind, value }: Kept): string => JSON.stringify({ kind, value });

/** `undefined` for a line that is none: of a newer version, damaged, or cut off. */
export function keptIn(line: string): Kept | undefined {
  const { kind, value } = membersOf(parsed(line));
  const doc = JSON.stringify(value ?? null);
  if (kind === 'usage') return isUsage(value) ? { kind, value } : undefined;
  if (kind === 'score') return isScore(value) ? { kind, value } : undefined;
  if (kind === 'decision') return named('decision', parseDecision(doc));
  if (kind === 'run') return named('run', parseRun(doc));
  const { name } = membersOf(value);
  if (kind !== 'setting' || typeof name !== 'string') return undefined;
  return named('setting', parseSetting(name, doc));
}

const named = <K extends string, T>(
  kind: K,
  value: T | undefined,
): { readonly kind: K; readonly value: T } | undefined =>
  value === undefined ? undefined : { kind, value };

type Members = Readonly<Record<string, unknown>>;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const areNumbers = (members: Members, ...names: readonly string[]): boolean =>
  names.every((name) => Number.isFinite(members[name]));

function hasKey({ key }: Members): boolean {
  const { namespace, component } = membersOf(key);
  return typeof namespace === 'string' && typeof component === 'string';
}

function isUsage(value: unknown): value is UsageBucket {
  const members = membersOf(value);
  const measured = areNumbers(members, 'start', 'cpu', 'cpuMax', 'memory', 'memoryMax');
  const counted = areNumbers(members, 'replicasReady', 'podsMissing', 'sampleCount');
  return hasKey(members) && measured && counted;
}

function isScore(value: unknown): value is Score {
  const members = membersOf(value);
  const isResource = RESOURCES.some((one) => one === members['resource']);
  const numbers = ['lead', 'at', 'mae', 'mase', 'pinball', 'coverage', 'skill', 'n'];
  const isWhole = areNumbers(members, ...numbers) && typeof members['model'] === 'string';
  return hasKey(members) && isResource && isWhole;
}
