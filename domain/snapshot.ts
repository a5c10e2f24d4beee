import type { ComponentKey, Resource } from './component.ts';
import type { ComponentFacts } from './facts.ts';
import type { PackedIssue } from './packed-forecast.ts';
import type { Reading } from './reading.ts';
import type { DurationMs, EpochMs } from './units.ts';

/** What is asked of a snapshot; the component's own level and lead time hold unless named. */
export type Question = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly level?: number | undefined;
  readonly leadTime?: DurationMs | undefined;
};

/** All that is known at one instant, immutable; it ages by the `now` it is read with. */
export interface Snapshot {
  /** When it was built. */
  readonly at: EpochMs;
  /** What was told about a component; `undefined` when nobody has told anything. */
  facts(key: ComponentKey): ComponentFacts | undefined;
  /** The issue in force, for people and charts. */
  issue(key: ComponentKey, resource: Resource): PackedIssue | undefined;
  /** Never a number unless a fresh forecast covers the whole lead time. */
  read(question: Question, now: EpochMs): Reading;
}
