import { RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { QuantileLevels } from '../domain/forecast.ts';
import { epochMs, type EpochMs, type Window } from '../domain/units.ts';
import { VINTAGE_LEADS, type Vintage } from '../domain/vintage.ts';
import { parseLevels } from './sqlite-issues.ts';
import {
  bytesIn,
  inTransaction,
  joined,
  numberIn,
  textIn,
  type Cell,
  type Connection,
} from './sqlite-connection.ts';
import { componentIds, keyIn } from './sqlite-history.ts';
import { SELDOM } from './vintage-every.ts';

/** As it passes between threads and lies in the table. */
export type VintageRow = {
  readonly key: ComponentKey;
  readonly resource: string;
  readonly lead: number;
  readonly startMs: number;
  readonly issuedAtMs: number;
  /** JSON. */
  readonly levels: string;
  readonly model: string;
  /** Float32, machine order, one per level. */
  readonly packed: Uint8Array;
};

/** Many at once: their numbers lie one behind the other, for an array each costs more than what it holds. */
type PackedVintages = {
  readonly rows: readonly (Omit<VintageRow, 'packed'> & { readonly bytes: number })[];
  readonly packed: Uint8Array<ArrayBuffer>;
};

const MS_A_SECOND = 1000;
const S_A_STEP = 900;
const ROWS_AT_ONCE = 10_000;
/** What was issued earlier does not replace what was issued later in the same step. */
const UPSERT = `INSERT INTO vintage VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  issued_at_ms = excluded.issued_at_ms, levels = excluded.levels, model = excluded.model, packed = excluded.packed
  WHERE excluded.issued_at_ms >= vintage.issued_at_ms`;
const READ = `SELECT c.namespace, c.component, v.resource, v.start_s, v.issued_at_ms, v.levels, v.model, v.packed
  FROM vintage v JOIN component c ON c.id = v.component_id
  WHERE v.component_id = (SELECT id FROM component WHERE namespace = ? AND component = ?)
  AND v.lead = ? AND v.start_s >= ? AND v.start_s < ?`;
/** With the order of the primary key; `?4` = 0: all of them, else all but the issues on that beat. */
const EXPIRE = `DELETE FROM vintage WHERE (component_id, lead, start_s, resource) IN (SELECT component_id, lead, start_s, resource
  FROM vintage WHERE component_id = ?1 AND lead = ?2 AND start_s < ?3
  AND (?4 = 0 OR (start_s / ${S_A_STEP} - lead) % ?4 <> 0) LIMIT ?5)`;

export function putVintages(db: Connection, rows: readonly VintageRow[]): void {
  const idFor = componentIds(db);
  for (const row of rows) {
    const { key, resource, lead, startMs, issuedAtMs, levels, model, packed } = row;
    const start = startMs / MS_A_SECOND;
    db.run(UPSERT, idFor(key), resource, lead, start, issuedAtMs, levels, model, packed);
  }
}

export const vintageAnswers = (db: Connection) => ({
  readVintages(lead: number, { from, to }: Window, keys: readonly ComponentKey[]): PackedVintages {
    const window = [Math.ceil(from / MS_A_SECOND), Math.ceil(to / MS_A_SECOND)] as const;
    const rows = keys.flatMap(({ namespace, component }) =>
      db.query(READ, namespace, component, lead, ...window).map((row) => vintageIn(row, lead)),
    );
    return {
      rows: rows.map(({ packed, ...row }) => ({ ...row, bytes: packed.length })),
      packed: joined(rows.map(({ packed }) => packed)),
    };
  },

  /**
   * Deletes a part of what has expired, and of what is `thin` all but each fifth issue.
   * @returns whether there may be more.
   */
  expireVintages: (old: EpochMs, thin: EpochMs): boolean =>
    inTransaction(db, () => {
      let deleted = 0;
      for (const [id] of db.query('SELECT id FROM component')) {
        for (const lead of VINTAGE_LEADS) {
          if (deleted >= ROWS_AT_ONCE) return true;
          const of = [numberIn(id), lead] as const;
          deleted += db.run(EXPIRE, ...of, old / MS_A_SECOND, 0, ROWS_AT_ONCE);
          deleted += db.run(EXPIRE, ...of, thin / MS_A_SECOND, SELDOM, ROWS_AT_ONCE);
        }
      }
      return false;
    }),
});

function vintageIn(row: Cell[], lead: number): VintageRow {
  const [resource, start, issuedAt, levels, model, packed] = row.slice(2);
  return {
    key: keyIn(row),
    resource: textIn(resource),
    lead,
    startMs: numberIn(start) * MS_A_SECOND,
    issuedAtMs: numberIn(issuedAt),
    levels: textIn(levels),
    model: textIn(model),
    packed: bytesIn(packed),
  };
}

export const rowOf = ({ key, resource, lead, at, issuedAt, ...said }: Vintage): VintageRow => ({
  key,
  resource,
  lead,
  startMs: at,
  issuedAtMs: issuedAt,
  levels: JSON.stringify(said.levels),
  model: said.model,
  packed: new Uint8Array(Float32Array.from(said.values).buffer),
});

/** What is misshapen is left out, never guessed at. */
export function vintagesIn({ rows, packed }: PackedVintages): Vintage[] {
  const known = new Map<string, QuantileLevels | undefined>();
  const isWhole = packed.byteLength % Float32Array.BYTES_PER_ELEMENT === 0;
  const numbers = isWhole ? Float64Array.from(new Float32Array(packed.buffer)) : undefined;
  let [first, next] = [0, 0];
  return rows.flatMap(({ key, lead, startMs, issuedAtMs, model, bytes, ...row }) => {
    [first, next] = [next, next + bytes / Float32Array.BYTES_PER_ELEMENT];
    const resource = RESOURCES.find((each) => each === row.resource);
    if (!known.has(row.levels)) known.set(row.levels, parseLevels(row.levels));
    const levels = known.get(row.levels);
    const values = numbers?.subarray(first, next);
    if (resource === undefined || values?.length !== levels?.length) return [];
    if (levels === undefined || values === undefined) return [];
    const [at, issuedAt] = [epochMs(startMs), epochMs(issuedAtMs)];
    return [{ key, resource, lead, at, issuedAt, model, levels, values }];
  });
}
