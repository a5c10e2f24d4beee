import { refusal } from '../domain/errors.ts';
import { inTransaction, numberIn, type Connection } from './sqlite-connection.ts';

/** Marks a file as ours ("SSCL"), so that another program's database is never written to. */
const APPLICATION_ID = 0x5353434c;

/**
 * One step per version of the schema, never edited afterwards. Times end in their unit. Documents
 * are JSON; blobs are arrays of numbers in the machine's own byte order (little endian everywhere
 * that Node runs and we ship to).
 */
const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE component (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, component TEXT NOT NULL,
  UNIQUE (namespace, component)) STRICT;
CREATE TABLE usage (component_id INTEGER NOT NULL REFERENCES component(id) ON DELETE CASCADE,
  start_s INTEGER NOT NULL, cpu_cores REAL NOT NULL, cpu_cores_max REAL NOT NULL, memory_bytes REAL NOT NULL,
  memory_bytes_max REAL NOT NULL, replicas_ready REAL NOT NULL, pods_missing INTEGER NOT NULL,
  sample_count INTEGER NOT NULL, PRIMARY KEY (component_id, start_s)) STRICT, WITHOUT ROWID;
CREATE TABLE issue (component_id INTEGER NOT NULL REFERENCES component(id) ON DELETE CASCADE,
  resource TEXT NOT NULL, issued_at_ms INTEGER NOT NULL, start_s INTEGER NOT NULL, step_ms INTEGER NOT NULL,
  levels TEXT NOT NULL, model TEXT NOT NULL, run TEXT NOT NULL, scales BLOB NOT NULL, units BLOB NOT NULL,
  PRIMARY KEY (component_id, resource)) STRICT;
CREATE INDEX issue_issued ON issue (issued_at_ms);
CREATE TABLE score (component_id INTEGER NOT NULL REFERENCES component(id) ON DELETE CASCADE,
  resource TEXT NOT NULL, model TEXT NOT NULL, lead INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  mae REAL NOT NULL, mase REAL NOT NULL, pinball REAL NOT NULL, coverage REAL NOT NULL, skill REAL NOT NULL,
  n INTEGER NOT NULL, PRIMARY KEY (component_id, resource, model, lead, at_ms)) STRICT, WITHOUT ROWID;
CREATE INDEX score_at ON score (at_ms);
CREATE TABLE setting (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE run (id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_ms INTEGER NOT NULL, state TEXT NOT NULL,
  doc TEXT NOT NULL) STRICT;
CREATE INDEX run_created ON run (created_ms);
CREATE INDEX run_open ON run (kind) WHERE state IN ('waiting', 'running');
CREATE TABLE decision (id INTEGER PRIMARY KEY,
  component_id INTEGER NOT NULL REFERENCES component(id) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX decision_of ON decision (component_id, at_ms);
CREATE INDEX decision_at ON decision (at_ms);
`,
  `
CREATE TABLE vintage (component_id INTEGER NOT NULL REFERENCES component(id) ON DELETE CASCADE,
  resource TEXT NOT NULL, lead INTEGER NOT NULL, start_s INTEGER NOT NULL, issued_at_ms INTEGER NOT NULL,
  levels TEXT NOT NULL, model TEXT NOT NULL, packed BLOB NOT NULL,
  PRIMARY KEY (component_id, lead, start_s, resource)) STRICT, WITHOUT ROWID;
ALTER TABLE score ADD COLUMN bias REAL;
ALTER TABLE score ADD COLUMN below_q90 REAL;
`,
];

/**
 * Refuses a file that is not ours to write, before anything in it is changed.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` for a newer schema, or the database of another program.
 */
export function checkOwner(db: Connection, path: string): void {
  const version = versionOf(db);
  const isEmpty = db.query('SELECT 1 FROM sqlite_master LIMIT 1').length === 0;
  const isOurs = pragma(db, 'application_id') === APPLICATION_ID;
  if (!isOurs && !(isEmpty && version === 0)) {
    throw refusal(
      'CONFIG_INVALID',
      `${path} is the database of another program; name another file`,
      { details: { path } },
    );
  }
  if (version > MIGRATIONS.length) {
    throw refusal(
      'CONFIG_INVALID',
      `${path} was written by a newer self-scaling (schema ${version}, this one knows ${MIGRATIONS.length}); update, or name another file`,
      { details: { path, version } },
    );
  }
}

/** Sets up the connection and brings the schema up to date, a transaction a step. */
export function prepare(db: Connection): void {
  // Only before the first table; without it the file never shrinks.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // FULL: what is acknowledged survives a power cut, not only a crash of this program.
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864`);
  for (const [index, statements] of MIGRATIONS.entries()) {
    inTransaction(db, () => {
      // Another process may have been first.
      if (versionOf(db) !== index) return;
      db.exec(statements);
      db.exec(`PRAGMA user_version = ${index + 1}; PRAGMA application_id = ${APPLICATION_ID}`);
    });
  }
}

const versionOf = (db: Connection): number => pragma(db, 'user_version');

const pragma = (db: Connection, name: 'user_version' | 'application_id'): number =>
  numberIn(db.query(`PRAGMA ${name}`)[0]?.[0]);
