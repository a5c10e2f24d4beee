import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { checkedBucket } from './checked.ts';
import { conditionsOf, inRange, isEmpty, isField, isMeasurement, keep, last } from './flux.ts';
import type { SampleCounts } from './influx2-counts.ts';
import type { Cells, InfluxWire } from './influx2-wire.ts';
import { float, integer, line, series } from './line-protocol.ts';
import { checkedWindow } from './names.ts';
import { gatheredPoints, keyOf, numberOf, timeOf, toBucket } from './rows.ts';

const FIELDS: Readonly<Record<Resource, string>> = { cpu: 'cpu_cores', memory: 'memory_bytes' };
const KEY = ['namespace', 'component'] as const;
const USAGE = isMeasurement('usage');

/** Measured usage: one point per component and step, in the bucket `history`. */
export function influxHistory(wire: InfluxWire, counts: SampleCounts) {
  const { history } = wire.buckets;

  async function lastSeen(
    window: Window,
    signal: AbortSignal,
  ): Promise<{ readonly key: ComponentKey; readonly start: EpochMs }[]> {
    const seen: { key: ComponentKey; start: EpochMs }[] = [];
    if (isEmpty(checkedWindow(window))) return seen;
    const query =
      inRange(history, window, USAGE, isField(FIELDS.cpu)) + last + keep('_time', ...KEY);
    await wire.query(
      query,
      (cells) => seen.push({ key: keyOf(cells), start: timeOf(cells) }),
      signal,
    );
    return seen;
  }

  return {
    lastSeen,

    /** A bucket that would replace one of more samples is left out. */
    async appendHistory(buckets: readonly UsageBucket[], signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      const fullest = await counts.fullest(buckets.map(checkedBucket), signal);
      await wire.write('history', fullest.map(usageLine), signal);
      counts.keep(fullest);
    },

    /**
     * Column by column. Each query is of at most 200 components and is read to its end before the first
     * of them is handed out, so that a broken answer is never half a history, and a slow reader holds
     * no connection.
     *
     * @yields a column per component that has any; order of components is nobody's.
     */
    async *readHistory(
      keys: readonly ComponentKey[] | 'everybody',
      resource: Resource,
      window: Window,
      signal: AbortSignal,
    ): AsyncGenerator<HistoryColumn> {
      if (isEmpty(checkedWindow(window))) return;
      const wanted =
        keys === 'everybody' ? (await lastSeen(window, signal)).map(({ key }) => key) : keys;
      for (const condition of conditionsOf(wanted)) {
        const query = inRange(history, window, USAGE, isField(FIELDS[resource]), condition);
        const columns = gatheredColumns();
        await wire.query(query + keep('_time', '_value', ...KEY), columns.add, signal);
        yield* columns.all();
      }
    },

    async readBuckets(window: Window, signal: AbortSignal): Promise<UsageBucket[]> {
      if (isEmpty(checkedWindow(window))) return [];
      const points = gatheredPoints(KEY);
      const query = inRange(history, window, USAGE) + keep('_time', '_value', '_field', ...KEY);
      await wire.query(query, points.add, signal);
      return points.each(toBucket);
    },
  };
}

const usageLine = (bucket: UsageBucket): string =>
  line(
    series('usage', { component: bucket.key.component, namespace: bucket.key.namespace }),
    {
      cpu_cores: float(bucket.cpu),
      cpu_cores_max: float(bucket.cpuMax),
      memory_bytes: float(bucket.memory),
      memory_bytes_max: float(bucket.memoryMax),
      pods_missing: integer(bucket.podsMissing),
      replicas_ready: float(bucket.replicasReady),
      sample_count: integer(bucket.sampleCount),
    },
    bucket.start,
  );

/** Rows of many components as columns: InfluxDB answers series by series, each in order of time. */
function gatheredColumns() {
  const columns = new Map<string, { key: ComponentKey; starts: number[]; values: number[] }>();
  return {
    add: (cells: Cells): void => {
      const value = numberOf(cells, '_value');
      if (value === undefined) return;
      const key = keyOf(cells);
      const column = columns.get(idOf(key)) ?? { key, starts: [], values: [] };
      columns.set(idOf(key), column);
      column.starts.push(timeOf(cells));
      column.values.push(value);
    },
    all: (): HistoryColumn[] =>
      [...columns.values()].map(({ key, starts, values }) => ({
        key,
        starts: Float64Array.from(starts),
        values: Float64Array.from(values),
      })),
  };
}
