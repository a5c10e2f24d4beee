import type { UsageBucket } from '../domain/bucket.ts';
import { RESOURCES } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { isRefusal } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { STEP } from '../domain/units.ts';
import { checkedBucket, checkedDecision, checkedScore, checkedSetting } from '../store/checked.ts';
import { parseDecision, parseRun, parseSetting } from '../store/documents.ts';

/** What a backup is made of; forecasts are not in it, since the first training run makes them anew. */
export type Kept =
  | { readonly kind: 'usage'; readonly value: UsageBucket }
  | { readonly kind: 'score'; readonly value: Score }
  | { readonly kind: 'decision'; readonly value: Decision }
  | { readonly kind: 'run'; readonly value: Run }
  | { readonly kind: 'setting'; readonly value: SettingEntry };

/** Of `Date`. */
const LAST_INSTANT = 8.64e15;

/** The first line of a backup. */
export const HEAD = '{"kind":"self-scaling backup","version":1}';

export const lineOf = ({ kind, value }: Kept): string => JSON.stringify({ kind, value });

/** `undefined` for a line that is none: of a newer version, damaged, cut off, or nothing that a store would keep. */
export function keptIn(line: string): Kept | undefined {
  const kept = readIn(line);
  return kept !== undefined && isKeepable(kept) ? kept : undefined;
}

/** Asked before anything is written, or a store would refuse the rest of a backup behind the first part. */
function isKeepable({ kind, value }: Kept): boolean {
  try {
    if (kind === 'usage') checkedBucket(value);
    else if (kind === 'score') checkedScore(value);
    else if (kind === 'decision') checkedDecision(value);
    else if (kind === 'setting') checkedSetting(value);
    return isInstant('at' in value ? value.at : 'start' in value ? value.start : value.createdAt);
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

const isInstant = (at: number): boolean => at >= 0 && at <= LAST_INSTANT;

function readIn(line: string): Kept | undefined {
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
/** Usage and counts are never negative. */
const areAmounts = (members: Members, ...names: readonly string[]): boolean =>
  areNumbers(members, ...names) && names.every((name) => Number(members[name]) >= 0);

function hasKey({ key }: Members): boolean {
  const { namespace, component } = membersOf(key);
  return typeof namespace === 'string' && typeof component === 'string';
}

function isUsage(value: unknown): value is UsageBucket {
  const members = membersOf(value);
  const measured = areAmounts(members, 'cpu', 'cpuMax', 'memory', 'memoryMax');
  const counted = areAmounts(members, 'replicasReady', 'podsMissing', 'sampleCount');
  const isOfGrid = areAmounts(members, 'start') && Number(members['start']) % STEP === 0;
  return hasKey(members) && measured && counted && isOfGrid;
}

function isScore(value: unknown): value is Score {
  const members = membersOf(value);
  const isResource = RESOURCES.some((one) => one === members['resource']);
  const numbers = ['lead', 'at', 'mae', 'mase', 'pinball', 'coverage', 'skill', 'n'];
  const isWhole = areNumbers(members, ...numbers) && typeof members['model'] === 'string';
  return hasKey(members) && isResource && isWhole;
}
