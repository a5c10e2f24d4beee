import type { Resource } from '../domain/component.ts';
import type { Reading } from '../domain/reading.ts';
import { seconds, toRfc3339, type DurationMs } from '../domain/units.ts';
import type { ReadingJson } from './wire/series.ts';

export const unitOf = (resource: Resource): 'cores' | 'bytes' =>
  resource === 'cpu' ? 'cores' : 'bytes';

export const inSeconds = (duration: DurationMs): number => duration / seconds(1);

/** A reading for people; what is not known has no value. */
export function readingJson(reading: Reading, resource: Resource): ReadingJson {
  const unit = unitOf(resource);
  const { kind } = reading;
  switch (kind) {
    case 'predicted': {
      const { value, issuedAt, model, level, leadTime } = reading;
      const leadTimeSeconds = inSeconds(leadTime);
      return { kind, unit, value, issuedAt: toRfc3339(issuedAt), model, level, leadTimeSeconds };
    }
    case 'observed':
      return { kind, unit, value: reading.value, observedAt: toRfc3339(reading.observedAt) };
    case 'stale': {
      const { issuedAt, age } = reading;
      return { kind, unit, issuedAt: toRfc3339(issuedAt), ageSeconds: inSeconds(age) };
    }
    case 'failing': {
      const { issuedAt, model, since, skill } = reading;
      return { kind, unit, issuedAt: toRfc3339(issuedAt), model, since: toRfc3339(since), skill };
    }
    case 'unknown':
      return { kind, unit };
    default:
      return reading satisfies never;
  }
}
