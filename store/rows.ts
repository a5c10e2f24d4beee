import type { UsageBucket } from '../domain/bucket.ts';
import { RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import type { Score } from '../domain/score.ts';
import { bytes, cores, epochMs, parseRfc3339, type EpochMs } from '../domain/units.ts';
import type { Cells } from './influx2-wire.ts';

/* Rows of InfluxDB's answers as words again; a row that misses something is left out, never filled up. */

export const keyOf = (cells: Cells): ComponentKey => ({
  namespace: cells('namespace'),
  component: cells('component'),
});

/** @throws for a row without a time: then the query was wrong. */
export function timeOf(cells: Cells): EpochMs {
  const at = parseRfc3339(cells('_time'));
  if (at === undefined) throw new Error(`InfluxDB answers with the time "${cells('_time')}"`);
  return at;
}

/** `undefined` for an empty cell, which `Number` would make zero. */
export function numberOf(cells: Cells, column: string): number | undefined {
  const digits = cells(column);
  const value = Number(digits);
  return digits === '' || !Number.isFinite(value) ? undefined : value;
}

export const resourceOf = (cells: Cells): Resource | undefined =>
  RESOURCES.find((resource) => resource === cells('resource'));

/** One point with its tags and its numeric fields. */
type Point = {
  readonly at: EpochMs;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: Map<string, number>;
};

/** Gathers points, because InfluxDB answers field by field: all of one field, then all of the next. */
export function gatheredPoints(tagNames: readonly string[]) {
  const points = new Map<string, Point>();
  return {
    add: (cells: Cells): void => {
      const id = [cells('_time'), ...tagNames.map(cells)].join(' ');
      const point = points.get(id) ?? {
        at: timeOf(cells),
        tags: new Map(tagNames.map((name) => [name, cells(name)])),
        fields: new Map<string, number>(),
      };
      points.set(id, point);
      const value = numberOf(cells, '_value');
      if (value !== undefined) point.fields.set(cells('_field'), value);
    },
    /** Those that have every field of `read`. */
    each<T>(read: (point: Point, field: (name: string) => number) => T | undefined): T[] {
      return [...points.values()].flatMap((point) => {
        let isWhole = true;
        const made = read(point, (name) => {
          const value = point.fields.get(name);
          isWhole &&= value !== undefined;
          return value ?? 0;
        });
        return isWhole && made !== undefined ? [made] : [];
      });
    },
  };
}

const pointKey = ({ tags }: Point): ComponentKey => ({
  namespace: tags.get('namespace') ?? '',
  component: tags.get('component') ?? '',
});

export const toBucket = (point: Point, field: (name: string) => number): UsageBucket => ({
  key: pointKey(point),
  start: point.at,
  cpu: cores(field('cpu_cores')),
  cpuMax: cores(field('cpu_cores_max')),
  memory: bytes(field('memory_bytes')),
  memoryMax: bytes(field('memory_bytes_max')),
  replicasReady: field('replicas_ready'),
  podsMissing: field('pods_missing'),
  sampleCount: field('sample_count'),
});

/** What only scores of issued forecasts have. */
function optional({ fields }: Point): Pick<Score, 'bias' | 'belowQ90'> {
  const [bias, belowQ90] = [fields.get('bias'), fields.get('below_q90')];
  return {
    ...(bias === undefined ? {} : { bias }),
    ...(belowQ90 === undefined ? {} : { belowQ90 }),
  };
}

export function toScore(point: Point, field: (name: string) => number): Score | undefined {
  const resource = RESOURCES.find((one) => one === point.tags.get('resource'));
  if (resource === undefined) return undefined;
  return {
    key: pointKey(point),
    resource,
    model: point.tags.get('model') ?? '',
    lead: Number(point.tags.get('lead')),
    at: epochMs(point.at),
    mae: field('mae'),
    mase: field('mase'),
    pinball: field('pinball'),
    coverage: field('coverage'),
    skill: field('skill'),
    n: field('n'),
    ...optional(point),
  };
}
