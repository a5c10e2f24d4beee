import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import {
  bucketStart,
  epochMs,
  STEP,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';
import { leadOf, type ClosedStep } from './adapt.ts';

export interface LessonReader {
  readVintages(
    lead: number,
    valid: Window,
    signal: AbortSignal,
    keys: readonly ComponentKey[],
  ): AsyncIterable<Vintage>;
  readBuckets(window: Window, signal: AbortSignal): Promise<readonly UsageBucket[]>;
}

const STEPS_LEARNT_FROM = 8;

export const lessonsId = (key: ComponentKey, resource: Resource): string =>
  `${idOf(key)} ${resource}`;

/** By component and resource: the steps that are over, with what was said of them one lead time before. */
export type Lessons = ReadonlyMap<string, readonly ClosedStep[]>;

/** Read back from the store, for the last two hours: steps that were missed for longer teach nothing any more. */
export async function readLessons(
  record: LessonReader,
  keys: readonly ComponentKey[],
  leadTime: (key: ComponentKey) => DurationMs,
  now: EpochMs,
  signal: AbortSignal,
): Promise<Lessons> {
  const to = bucketStart(now, STEP);
  const window = { from: epochMs(to - STEPS_LEARNT_FROM * STEP), to };
  const buckets = await record.readBuckets(window, signal);
  const truths = new Map(buckets.map((bucket) => [`${idOf(bucket.key)} ${bucket.start}`, bucket]));
  const learnt = new Map<string, ClosedStep[]>();
  const leads = Map.groupBy(keys, (key) => leadOf(leadTime(key)));
  for (const [lead, some] of leads) {
    for await (const said of record.readVintages(lead, window, signal, some)) {
      const truth = truths.get(`${idOf(said.key)} ${said.at}`)?.[said.resource];
      if (truth === undefined) continue;
      const id = lessonsId(said.key, said.resource);
      learnt.set(id, [...(learnt.get(id) ?? []), { at: said.at, said, truth }]);
    }
  }
  return learnt;
}
