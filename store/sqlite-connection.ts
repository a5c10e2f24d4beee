/** What SQLite keeps in one column of one row. */
export type Cell = null | number | bigint | string | Uint8Array;

/** An open database, as the statements of this room see it; only the worker knows the real one. */
export interface Connection {
  /** Runs statements that answer nothing. */
  exec(sql: string): void;
  /** All rows of one statement; it is prepared once per text. */
  query(sql: string, ...cells: readonly Cell[]): Cell[][];
  /** @returns how many rows were written or deleted. */
  run(sql: string, ...cells: readonly Cell[]): number;
  close(): void;
}

/** All of the work or nothing; the write lock is taken first, so nobody else writes in between. */
export function inTransaction<T>(db: Connection, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const answer = work();
    db.exec('COMMIT');
    return answer;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** A full disk has rolled back already; then there is nothing to roll back, and the first error tells. */
function rollBack(db: Connection): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // Whoever caught the first error throws it.
  }
}

/* The tables are STRICT, so a cell of another kind is a mistake in a statement: a bug. */

export function numberIn(cell: Cell | undefined): number {
  if (typeof cell !== 'number') throw new TypeError(`a number was expected, not ${typeof cell}`);
  return cell;
}

export function textIn(cell: Cell | undefined): string {
  if (typeof cell !== 'string') throw new TypeError(`a text was expected, not ${typeof cell}`);
  return cell;
}

export function bytesIn(cell: Cell | undefined): Uint8Array {
  if (!(cell instanceof Uint8Array)) throw new TypeError(`bytes were expected, not ${typeof cell}`);
  return cell;
}

/** One array behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
