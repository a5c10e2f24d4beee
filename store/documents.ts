import type { Decision } from '../domain/decision.ts';
import type { Run, RunCost, RunResult } from '../domain/run.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { finite } from './names.ts';

/* What is read as a whole is kept as one JSON document; only this file turns documents into words again. */

/** @throws {SelfScalingError} `REQUEST_INVALID` for a number that is not finite: JSON would make it null. */
export const toDocument = (value: object, what: string): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'number' ? finite(member, what) : member,
  );

/** `undefined` for a document that is no run: damaged, or of a program that we do not know. */
export const parseRun = (doc: string): Run | undefined => parsed(doc, isRun);

export const parseDecision = (doc: string): Decision | undefined => parsed(doc, isDecision);

/** A removed setting, whose value is null, is a setting too. */
export function parseSetting(name: string, doc: string): SettingEntry | undefined {
  const found = parsed(doc, isSettingDocument);
  return found === undefined ? undefined : { ...found, name };
}

function parsed<T>(doc: string, isOne: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(doc);
    return isOne(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;
/** A check for each member; a new member of the type does not compile until it has one. */
type Shape<T> = { readonly [member in keyof Required<T>]: Check };

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isShaped =
  <T>(shape: Shape<T>) =>
  (value: unknown): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    const members = new Map<string, unknown>(Object.entries(value));
    return Object.entries<Check>(shape).every(([name, check]) => check(members.get(name)));
  };

const isKey = isShaped<Decision['key']>({ namespace: isText, component: isText });

const isRun = isShaped<Run>({
  id: isText,
  kind: isOneOf('train', 'inference'),
  createdAt: isNumber,
  trigger: isOneOf('rest', 'schedule', 'start'),
  state: isOneOf('waiting', 'running', 'done', 'failed'),
  done: isNumber,
  total: isNumber,
  startedAt: isOptional(isNumber),
  endedAt: isOptional(isNumber),
  heartbeat: isOptional(isNumber),
  attempts: isNumber,
  reason: isOptional(isText),
  results: isListOf(
    isShaped<RunResult>({
      key: isKey,
      result: isOneOf('trained', 'reused', 'applied', 'skipped', 'failed'),
      reason: isOptional(isText),
    }),
  ),
  tuning: isOptional(isText),
  cost: isOptional(
    isShaped<RunCost>({
      cpuSeconds: isNumber,
      wallSeconds: isNumber,
      series: isNumber,
      seriesPerCpuSecond: isNumber,
      maxRssBytes: isNumber,
      wattHours: isNumber,
      gramsCo2e: isNumber,
      method: isOneOf('rapl', 'cpu-time'),
    }),
  ),
});

const isDecision = isShaped<Decision>({
  at: isNumber,
  key: isKey,
  kind: isOneOf('create', 'apply', 'remove', 'leave', 'managed', 'use'),
  actor: isText,
  text: isText,
  reason: isOptional(isText),
});

const isSettingDocument = isShaped<Omit<SettingEntry, 'name'>>({
  value: (value) => value !== undefined,
  changedBy: isText,
  at: isNumber,
});
