import { idOf, RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import type { Score } from '../domain/score.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import type { AdaptedLevel, Failing, ForecastUse, ResourceUse } from '../domain/use.ts';
import { adapt } from './adapt.ts';
import { judge } from './judge.ts';
import { lessonsId, type Lessons } from './lessons.ts';

export type Change = { readonly before: ForecastUse; readonly after: ForecastUse };

/** What is known when it is decided. */
export type Known = {
  readonly snapshot: Snapshot;
  readonly scores: readonly Score[];
  /** `undefined`: levels are not corrected. */
  readonly lessons: Lessons | undefined;
  /** That is served where nothing is told of the component. */
  readonly level: number;
  readonly now: EpochMs;
};

export function useOf(before: ForecastUse, known: Known): ForecastUse {
  const { key } = before;
  const uses = RESOURCES.map((resource) => [resource, resourceUse(before, resource, known)]);
  return { key, ...Object.fromEntries(uses) };
}

function resourceUse(
  { key, ...before }: ForecastUse,
  resource: Resource,
  known: Known,
): ResourceUse {
  const issue = known.snapshot.issue(key, resource);
  const was = before[resource] ?? {};
  // A forecast that is gone is not judged; when it comes again its record still stands.
  if (issue === undefined) return was;
  const failing = failingOf(was, resource, issue.model, known);
  const adapted = adaptedOf(was, key, resource, known);
  return {
    ...(failing === undefined ? {} : { failing }),
    ...(adapted === undefined ? {} : { adapted }),
  };
}

/** While nothing changes but its figures, a failing is told as it was found. */
function failingOf(
  was: ResourceUse,
  resource: Resource,
  model: string,
  { scores, now }: Known,
): Failing | undefined {
  const own = scores.filter((score) => score.resource === resource);
  const found = judge({ scores: own, model, was: was.failing, now });
  return found?.by === was.failing?.by ? was.failing : found;
}

function adaptedOf(
  was: ResourceUse,
  key: ComponentKey,
  resource: Resource,
  { snapshot, lessons, level, now }: Known,
): AdaptedLevel | undefined {
  if (lessons === undefined) return undefined;
  // A clock that jumped forward and back must not put learning off until then.
  const learnt =
    was.adapted === undefined
      ? undefined
      : { ...was.adapted, seen: epochMs(Math.min(was.adapted.seen, now)) };
  const target = snapshot.facts(key)?.level ?? level;
  return adapt(learnt, target, lessons.get(lessonsId(key, resource)) ?? []);
}

/** The records of what changes. */
export function decisionsOf({ before, after }: Change, at: EpochMs): Decision[] {
  const { key } = after;
  return RESOURCES.flatMap((resource): Decision[] => {
    const [was, is] = [before[resource]?.failing, after[resource]?.failing];
    if ((was === undefined) === (is === undefined)) return [];
    const of = `the ${resource} forecast of ${idOf(key)}`;
    const text =
      is === undefined
        ? `uses ${of} for scaling again: it does better than the naive rule`
        : `stops using ${of} for scaling: ${whyOf(is)}`;
    const reason = is === undefined ? 'ModelRecovered' : 'ModelFailing';
    return [{ at, key, kind: 'use', actor: FIELD_MANAGER, text, reason }];
  });
}

function whyOf({ by, skill, scored }: Failing): string {
  const where = by === 'record' ? 'since it was issued' : 'in the trial at training';
  return `${where} it did worse than the naive rule (skill ${skill.toFixed(2)} over ${scored} values)`;
}
