import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import type { HistoryColumn } from '../domain/history.ts';
import { bytes, cores, epochMs, seconds, type EpochMs, type Window } from '../domain/units.ts';
import {
  inTransaction,
  numberIn,
  textIn,
  type Cell,
  type Connection,
} from './sqlite-connection.ts';

/** Columns of several components, one behind the other: two buffers cross the threads, not two a component. */
export type PackedColumns = {
  readonly keys: readonly ComponentKey[];
  /** Values of each; their sum is the length of both arrays. */
  readonly lengths: readonly number[];
  /** Epoch ms. */
  readonly starts: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
};

const MS_A_SECOND = 1000;
const COLUMN_OF = { cpu: 'cpu_cores', memory: 'memory_bytes' } as const satisfies Record<
  Resource,
  string
>;

const UPSERT = `INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  cpu_cores = excluded.cpu_cores, cpu_cores_max = excluded.cpu_cores_max, memory_bytes = excluded.memory_bytes,
  memory_bytes_max = excluded.memory_bytes_max, replicas_ready = excluded.replicas_ready,
  pods_missing = excluded.pods_missing, sample_count = excluded.sample_count
  WHERE excluded.sample_count >= usage.sample_count`;
/* CROSS JOIN keeps the order of the tables: components, then a range of the primary key for each. */
const BUCKETS = `SELECT c.namespace, c.component, start_s, cpu_cores, cpu_cores_max, memory_bytes, memory_bytes_max,
  replicas_ready, pods_missing, sample_count FROM component c CROSS JOIN usage u ON u.component_id = c.id
  WHERE start_s >= ? AND start_s < ?`;
const LAST_SEEN = `SELECT namespace, component, (SELECT max(start_s) FROM usage WHERE component_id = c.id
  AND start_s >= ? AND start_s < ?) FROM component c`;

export const historyAnswers = (db: Connection) => ({
  appendHistory(buckets: readonly UsageBucket[]): void {
    inTransaction(db, () => {
      const idFor = componentIds(db);
      for (const bucket of buckets) db.run(UPSERT, idFor(bucket.key), ...cellsOf(bucket));
    });
  },

  /** Everybody who may have history. */
  components: (): ComponentKey[] =>
    db.query('SELECT namespace, component FROM component').map(keyIn),

  /** Components with nothing in the window are left out. */
  readColumns(keys: readonly ComponentKey[], resource: Resource, window: Window): PackedColumns {
    const read = `SELECT start_s, ${COLUMN_OF[resource]} FROM usage WHERE component_id =
      (SELECT id FROM component WHERE namespace = ? AND component = ?)
      AND start_s >= ? AND start_s < ? ORDER BY start_s`;
    const columns = keys.map((key) =>
      columnOf(key, db.query(read, key.namespace, key.component, ...secondsOf(window))),
    );
    return packed(columns.filter(({ starts }) => starts.length > 0));
  },

  readBuckets: (window: Window): UsageBucket[] =>
    db.query(BUCKETS, ...secondsOf(window)).map(bucketIn),

  lastSeen: (window: Window): { key: ComponentKey; start: EpochMs }[] =>
    db
      .query(LAST_SEEN, ...secondsOf(window))
      .flatMap((row) => (row[2] === null ? [] : [{ key: keyIn(row), start: startIn(row[2]) }])),
});

/**
 * The id of a component, made when it is new. Ids are remembered for one transaction only: another
 * process may forget the component afterwards, and its id may be given to another.
 */
export function componentIds(db: Connection): (key: ComponentKey) => number {
  const ids = new Map<string, number>();
  return (key) => {
    const known = ids.get(idOf(key));
    if (known !== undefined) return known;
    const { namespace, component } = key;
    const find = 'SELECT id FROM component WHERE namespace = ? AND component = ?';
    const make = 'INSERT INTO component (namespace, component) VALUES (?, ?) RETURNING id';
    const [row] = db.query(find, namespace, component);
    const id = numberIn((row ?? db.query(make, namespace, component)[0])?.[0]);
    ids.set(idOf(key), id);
    return id;
  };
}

/** The first two cells of a row. */
export const keyIn = (row: readonly Cell[]): ComponentKey => ({
  namespace: textIn(row[0]),
  component: textIn(row[1]),
});

/** Rows become numbers as soon as they are read: an array a row costs ten times the memory. */
function columnOf(key: ComponentKey, rows: Cell[][]): HistoryColumn {
  return {
    key,
    starts: Float64Array.from(rows, ([start]) => numberIn(start) * MS_A_SECOND),
    values: Float64Array.from(rows, ([, value]) => numberIn(value)),
  };
}

const packed = (columns: readonly HistoryColumn[]): PackedColumns => ({
  keys: columns.map(({ key }) => key),
  lengths: columns.map(({ starts }) => starts.length),
  starts: joined(columns.map(({ starts }) => starts)),
  values: joined(columns.map(({ values }) => values)),
});

function joined(parts: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const cellsOf = (bucket: UsageBucket): number[] => [
  bucket.start / MS_A_SECOND,
  bucket.cpu,
  bucket.cpuMax,
  bucket.memory,
  bucket.memoryMax,
  bucket.replicasReady,
  bucket.podsMissing,
  bucket.sampleCount,
];

function bucketIn(row: Cell[]): UsageBucket {
  const [start, cpu, cpuMax, memory, memoryMax, replicasReady, podsMissing, sampleCount] =
    row.slice(2);
  return {
    key: keyIn(row),
    start: startIn(start),
    cpu: cores(numberIn(cpu)),
    cpuMax: cores(numberIn(cpuMax)),
    memory: bytes(numberIn(memory)),
    memoryMax: bytes(numberIn(memoryMax)),
    replicasReady: numberIn(replicasReady),
    podsMissing: numberIn(podsMissing),
    sampleCount: numberIn(sampleCount),
  };
}

const startIn = (cell: Cell | undefined): EpochMs => epochMs(seconds(numberIn(cell)));

/** Starts are whole seconds, so rounding both ends up keeps `[from, to)` exact. */
const secondsOf = ({ from, to }: Window): [number, number] => [
  Math.ceil(from / MS_A_SECOND),
  Math.ceil(to / MS_A_SECOND),
];
