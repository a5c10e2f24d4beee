import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Window } from '../domain/units.ts';
import {
  bytesIn,
  joined,
  inTransaction,
  numberIn,
  textIn,
  type Cell,
  type Connection,
} from './sqlite-connection.ts';
import { componentIds, keyIn } from './sqlite-history.ts';
import type { IssueRow, PackedIssues } from './sqlite-issues.ts';
import { putVintages, type VintageRow } from './sqlite-vintages.ts';

/** Only the latest issue is kept; one that was made earlier does not replace it. */
const UPSERT = `INSERT INTO issue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  issued_at_ms = excluded.issued_at_ms, start_s = excluded.start_s, step_ms = excluded.step_ms,
  levels = excluded.levels, model = excluded.model, run = excluded.run, scales = excluded.scales,
  units = excluded.units WHERE excluded.issued_at_ms >= issue.issued_at_ms`;
const READ = `SELECT c.namespace, c.component, i.resource, i.issued_at_ms, i.start_s, i.step_ms, i.levels, i.model,
  i.run, i.scales, i.units FROM issue i JOIN component c ON c.id = i.component_id
  WHERE +i.issued_at_ms >= ? AND i.issued_at_ms < ? AND i.component_id > ? AND i.component_id <= ?`;
const LAST_COMPONENT = 'SELECT coalesce(max(id), 0) FROM component';
const MS_A_SECOND = 1000;

export const futureAnswers = (db: Connection) => ({
  /** Vintages and issues together, or neither. */
  writeFuture(issues: readonly PackedIssue[], vintages: readonly VintageRow[]): void {
    inTransaction(db, () => {
      putVintages(db, vintages);
      const idFor = componentIds(db);
      for (const issue of issues) db.run(UPSERT, idFor(issue.key), ...cellsOf(issue));
    });
  },

  /** Components are numbered from 1; the highest number that one has. */
  lastComponent: (): number => numberIn(db.query(LAST_COMPONENT)[0]?.[0]),

  /** Of the components that are numbered above `after` and not above `last`. */
  readFuture({ from, to }: Window, after: number, last: number): PackedIssues {
    const rows = db.query(READ, from, to, after, last);
    return {
      rows: rows.map(issueRowIn),
      scales: joined(rows.map((row) => bytesIn(row[9]))),
      units: joined(rows.map((row) => bytesIn(row[10]))),
    };
  },
});

const cellsOf = (issue: PackedIssue): Cell[] => [
  issue.resource,
  issue.issuedAt,
  issue.start / MS_A_SECOND,
  issue.step,
  JSON.stringify(issue.levels),
  issue.model,
  issue.run,
  bytesOf(issue.scales),
  bytesOf(issue.values),
];

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function issueRowIn(row: Cell[]): IssueRow {
  const [resource, issuedAt, start, step, levels, model, run, scales, units] = row.slice(2);
  return {
    key: keyIn(row),
    resource: textIn(resource),
    issuedAtMs: numberIn(issuedAt),
    startMs: numberIn(start) * MS_A_SECOND,
    stepMs: numberIn(step),
    levels: textIn(levels),
    model: textIn(model),
    run: textIn(run),
    scalesBytes: bytesIn(scales).length,
    unitsBytes: bytesIn(units).length,
  };
}
