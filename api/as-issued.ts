import type { ComponentKey, Resource } from '../domain/component.ts';
import { bucketStart, epochMs, STEP, toRfc3339, type Window } from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';
import { patience } from './patience.ts';
import { inSeconds, unitOf } from './reading-json.ts';
import type { RecordReader } from './record-reader.ts';
import { STEPS_BEFORE, type Before } from './wire/quality.ts';

/** What was forecast of each step of the window, so long before; null where nothing was issued then. */
export async function asIssued(
  key: ComponentKey,
  resource: Resource,
  vintage: Before,
  asked: Window,
  record: Pick<RecordReader, 'readVintages'>,
) {
  const window = { from: bucketStart(asked.from, STEP), to: asked.to };
  const found = new Map<number, Vintage>();
  const levels = new Set<number>();
  for await (const one of record.readVintages(STEPS_BEFORE[vintage], window, patience(), [key])) {
    if (one.resource !== resource) continue;
    found.set(one.at, one);
    one.levels.forEach((level) => levels.add(level));
  }
  const steps = Array.from({ length: Math.ceil((window.to - window.from) / STEP) }, (_, index) =>
    found.get(epochMs(window.from + index * STEP)),
  );
  return {
    namespace: key.namespace,
    name: key.component,
    resource,
    unit: unitOf(resource),
    start: toRfc3339(window.from),
    stepSeconds: inSeconds(STEP),
    vintage,
    issuedAt: steps.map((one) => (one === undefined ? null : toRfc3339(one.issuedAt))),
    model: steps.map((one) => one?.model ?? null),
    series: [...levels]
      .toSorted((a, b) => a - b)
      .map((level) => ({
        level,
        values: steps.map((one) => one?.values[one.levels.indexOf(level)] ?? null),
      })),
  };
}
