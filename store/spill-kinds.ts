import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { toRfc3339, type EpochMs } from '../domain/units.ts';
import { checkedBucket, checkedDecision } from './checked.ts';
import { parseDecision } from './documents.ts';

/** What of a kind of entry the spill must know. */
export type SpillKind<T> = {
  /** The first part of its lanes' names; letters only. */
  readonly name: string;
  at(this: void, entry: T): EpochMs;
  /** @throws {SelfScalingError} `REQUEST_INVALID` for what no store would take. */
  checked(this: void, entry: T): T;
  /** `undefined` for what an other program wrote. */
  parse(this: void, value: unknown): T | undefined;
  /** Entries of one place replace each other, when `replaces` says so. */
  place(this: void, entry: T): string;
  replaces(this: void, later: T, earlier: T): boolean;
};

export const historyKind: SpillKind<UsageBucket> = {
  name: 'history',
  at: ({ start }) => start,
  checked: checkedBucket,
  parse: (value) => (isBucket(value) ? value : undefined),
  place: ({ key, start }) => `${idOf(key)} ${start}`,
  replaces: (later, earlier) => later.sampleCount >= earlier.sampleCount,
};

/** Each decision has its own place: none replaces another, but the same one sent twice. */
export const decisionKind: SpillKind<Decision> = {
  name: 'decisions',
  at: ({ at }) => at,
  checked: checkedDecision,
  parse: (value) => parseDecision(JSON.stringify(value)),
  place: (decision) => JSON.stringify(decision),
  replaces: () => true,
};

/** `history-2026-11-24`. */
export const laneOf = <T>(kind: SpillKind<T>, entry: T): string =>
  `${kind.name}-${dayOf(kind.at(entry))}`;
/** `2026-11-24`: in UTC, as InfluxDB cuts its shards. */
export const dayOf = (at: EpochMs): string => toRfc3339(at).slice(0, '2026-11-24'.length);

/** Entries added one after another, those that were replaced left out. */
export function merged<T>(kind: SpillKind<T>) {
  const entries = new Map<string, T>();
  return {
    add: (entry: T): void => {
      const place = kind.place(entry);
      const earlier = entries.get(place);
      if (earlier === undefined || kind.replaces(entry, earlier)) entries.set(place, entry);
    },
    size: (): number => entries.size,
    all: (): T[] => [...entries.values()],
  };
}

const NUMBERS = [
  'start',
  'cpu',
  'cpuMax',
  'memory',
  'memoryMax',
  'replicasReady',
  'podsMissing',
  'sampleCount',
];

function isBucket(value: unknown): value is UsageBucket {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return (
    isKey(members.get('key')) && NUMBERS.every((name) => typeof members.get(name) === 'number')
  );
}

const isKey = (value: unknown): value is ComponentKey =>
  typeof value === 'object' &&
  value !== null &&
  'namespace' in value &&
  'component' in value &&
  typeof value.namespace === 'string' &&
  typeof value.component === 'string';
