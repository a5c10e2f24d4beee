import { idOf, type ComponentKey } from '../domain/component.ts';
import type { EpochMs } from '../domain/units.ts';
import { inTransaction, numberIn, type Connection } from './sqlite-connection.ts';

/** What is older than these instants is deleted. */
export type Cutoffs = {
  readonly history: EpochMs;
  readonly issues: EpochMs;
  readonly evaluation: EpochMs;
  readonly runs: EpochMs;
};

/** Rows a transaction: other calls are answered in between. */
const ROWS_AT_ONCE = 10_000;
const PAGES_AT_ONCE = 1000;
const MS_A_SECOND = 1000;

const UNREFERENCED = ['usage', 'issue', 'score', 'decision', 'vintage']
  .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE component_id = c.id)`)
  .join(' AND ');

export const upkeepAnswers = (db: Connection) => ({
  /** Settings included: everything whose name ends in `/<namespace>/<component>`. */
  forget(key: ComponentKey): void {
    inTransaction(db, () => {
      const { namespace, component } = key;
      db.run('DELETE FROM component WHERE namespace = ? AND component = ?', namespace, component);
      const ending = `/${idOf(key)}`;
      db.run('DELETE FROM setting WHERE substr(name, -length(?1)) = ?1', ending);
    });
  },

  /** Deletes a part of what has expired. @returns whether there may be more. */
  expire: (cutoffs: Cutoffs): boolean =>
    inTransaction(db, () => {
      const deleted = expireUsage(db, cutoffs.history) + expireTheRest(db, cutoffs);
      if (deleted === 0) db.run(`DELETE FROM component AS c WHERE ${UNREFERENCED}`);
      return deleted > 0;
    }),

  /** Gives some free pages back to the file system. @returns whether there are more. */
  shrink(): boolean {
    const before = freePages(db);
    db.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
    const after = freePages(db);
    return after > 0 && after < before;
  },
});

const freePages = (db: Connection): number => numberIn(db.query('PRAGMA freelist_count')[0]?.[0]);

/** Component by component: the primary key begins with it, and there is no index on the start alone. */
function expireUsage(db: Connection, before: EpochMs): number {
  const ids = db.query('SELECT id FROM component').map(([id]) => numberIn(id));
  let deleted = 0;
  for (const id of ids) {
    if (deleted >= ROWS_AT_ONCE) return deleted;
    deleted += db.run(
      `DELETE FROM usage WHERE (component_id, start_s) IN
        (SELECT component_id, start_s FROM usage WHERE component_id = ? AND start_s < ? LIMIT ?)`,
      id,
      Math.ceil(before / MS_A_SECOND),
      ROWS_AT_ONCE - deleted,
    );
  }
  return deleted;
}

function expireTheRest(db: Connection, { issues, evaluation, runs }: Cutoffs): number {
  const part = (table: string, column: string): string =>
    `DELETE FROM ${table} WHERE ${column} IN
      (SELECT ${column} FROM ${table} WHERE ${column} < ? LIMIT ${ROWS_AT_ONCE})`;
  return (
    db.run('DELETE FROM issue WHERE issued_at_ms < ?', issues) +
    db.run(part('score', 'at_ms'), evaluation) +
    db.run(part('run', 'created_ms'), runs) +
    db.run(part('decision', 'at_ms'), evaluation)
  );
}
