import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { RunResult } from '../../domain/run.ts';
import type { SeriesAnswer } from './job.ts';

export type Outcome = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly answer: SeriesAnswer | { readonly kind: 'unforecast'; readonly reason: string };
};

/** The first that holds for one of the resources. */
const BEST_FIRST = ['trained', 'reused', 'skipped'] as const;

/** A component is what its better resource is; where none was forecast, a failure is told before a lack of history. */
export function resultOf(key: ComponentKey, outcomes: readonly Outcome[]): RunResult {
  const ways = outcomes.map(({ answer }) =>
    answer.kind === 'forecast' ? answer.how : answer.kind,
  );
  const result = BEST_FIRST.find((way) => ways.includes(way));
  if (result !== undefined) {
    const reason = outcomes.map(({ resource, answer }) => `${resource}: ${textOf(answer)}`);
    return { key, result, reason: reason.join(', ') };
  }
  const reasons = [...new Set(outcomes.map(({ answer }) => textOf(answer)))].join('; ');
  return { key, result: ways.includes('failed') ? 'failed' : 'skipped', reason: reasons };
}

function textOf(answer: Outcome['answer']): string {
  if (answer.kind === 'outdated') return 'what was chosen does not hold any more';
  if (answer.kind !== 'forecast') return answer.reason;
  return answer.reason === undefined ? answer.model : `${answer.model} (${answer.reason})`;
}
