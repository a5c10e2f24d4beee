import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import type { ComponentFacts } from '../domain/facts.ts';
import { maximumOverLead } from '../domain/lead-window.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Reading } from '../domain/reading.ts';
import type { Question, Snapshot } from '../domain/snapshot.ts';
import type { ForecastUse, ResourceUse } from '../domain/use.ts';
import { durationMs, minutes, type DurationMs, type EpochMs } from '../domain/units.ts';

/** An issue with the latest instant at which it was seen: it is never younger again than it was then. */
export type HeldIssue = { readonly issue: PackedIssue; readonly seenAt: EpochMs };

export type ReadingRules = {
  /** Up to this age a forecast is read, along its own time axis. */
  readonly holdTime: DurationMs;
  /** Quantile level and lead time of components that say nothing else. */
  readonly level: number;
  readonly leadTime: DurationMs;
};

/** Clocks of two machines may differ by this much; beyond it, a clock has jumped. */
export const CLOCK_TOLERANCE = minutes(5);

/** How an issue is found in a table. */
export const issueId = (key: ComponentKey, resource: Resource): string =>
  issueOf(idOf(key), resource);

const issueOf = (id: string, resource: Resource): string => `${id}/${resource}`;

/**
 * The table of all forecasts in force, immutable; a reading depends on the `now` it is asked with.
 *
 * A forecast is read while it is at most `holdTime` old and covers the whole lead time. When it was
 * issued, or last seen, more than 5 minutes after `now`, a clock has jumped: nobody knows how old it is,
 * and it is stale. Stale is never a number, nor is a forecast that does worse than the naive rule.
 */
export function snapshot(
  at: EpochMs,
  issues: ReadonlyMap<string, HeldIssue>,
  facts: ReadonlyMap<string, ComponentFacts>,
  rules: ReadingRules,
  uses: ReadonlyMap<string, ForecastUse> = new Map(),
): Snapshot {
  return {
    at,
    facts: (key) => facts.get(idOf(key)),
    issue: (key, resource) => issues.get(issueId(key, resource))?.issue,
    read(question, now) {
      const id = idOf(question.key);
      const held = issues.get(issueOf(id, question.resource));
      if (held === undefined) return { kind: 'unknown' };
      const use = uses.get(id)?.[question.resource];
      return reading(held, asked(question, facts.get(id), rules), use, now);
    },
  };
}

/** What the question names, else what was told of the component, else what holds for all. */
function asked(
  question: Question,
  facts: ComponentFacts | undefined,
  rules: ReadingRules,
): ReadingRules {
  return {
    holdTime: rules.holdTime,
    level: question.level ?? facts?.level ?? rules.level,
    leadTime: question.leadTime ?? facts?.leadTime ?? rules.leadTime,
  };
}

function reading(
  held: HeldIssue,
  { holdTime, level, leadTime }: ReadingRules,
  use: ResourceUse | undefined,
  now: EpochMs,
): Reading {
  const { issue, seenAt } = held;
  const { issuedAt, model } = issue;
  const age = durationMs(Math.max(now, seenAt) - issuedAt);
  const latest = Math.max(issuedAt, seenAt);
  const at = (wanted: number): number | undefined => maximumOverLead(issue, wanted, now, leadTime);
  const adapted = use?.adapted?.target === level ? use.adapted.level : undefined;
  const value = adapted === undefined ? at(level) : valueRead(issue, adapted, at);
  if (age > holdTime || latest > now + CLOCK_TOLERANCE || value === undefined) {
    return { kind: 'stale', issuedAt, age: durationMs(Math.max(0, age)) };
  }
  if (use?.failing !== undefined) {
    const { since, skill } = use.failing;
    return { kind: 'failing', issuedAt, model, since, skill };
  }
  return { kind: 'predicted', value, issuedAt, model, level, leadTime };
}

/** At a corrected level; beyond the highest issued one the last gap is extended. */
function valueRead(
  { levels }: PackedIssue,
  level: number,
  at: (level: number) => number | undefined,
): number | undefined {
  const [below, highest] = [levels.at(-2), levels.at(-1)];
  if (highest === undefined || below === undefined || level <= highest) return at(level);
  const [low, high] = [at(below), at(highest)];
  if (low === undefined || high === undefined) return undefined;
  return high + ((high - low) * (level - highest)) / (highest - below);
}
