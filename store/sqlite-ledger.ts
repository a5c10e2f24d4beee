import type { ComponentKey } from '../domain/component.ts';
import type { RunKind } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import { epochMs, type EpochMs, type Window } from '../domain/units.ts';
import { parseRun, toDocument } from './documents.ts';
import { nextRun } from './next-run.ts';
import {
  inTransaction,
  textIn,
  numberIn,
  type Cell,
  type Connection,
} from './sqlite-connection.ts';
import { componentIds, keyIn } from './sqlite-history.ts';

export type RunRow = {
  readonly id: string;
  readonly kind: RunKind;
  readonly createdAt: EpochMs;
  readonly state: string;
  readonly doc: string;
};
/** No document: the setting is removed. */
export type SettingRow = { readonly name: string; readonly doc?: string };
export type DecisionRow = {
  readonly key: ComponentKey;
  readonly at: EpochMs;
  readonly doc: string;
};

const PUT_SCORE = `INSERT OR REPLACE INTO score VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const SCORES = `SELECT c.namespace, c.component, s.resource, s.model, s.lead, s.at_ms, s.mae, s.mase, s.pinball,
  s.coverage, s.skill, s.n, s.bias, s.below_q90 FROM score s JOIN component c ON c.id = s.component_id`;
const READ_SCORES = `${SCORES} WHERE s.at_ms >= ? AND s.at_ms < ?`;
const READ_SCORES_OF = `${SCORES} WHERE s.component_id =
  (SELECT id FROM component WHERE namespace = ? AND component = ?) AND s.at_ms >= ? AND s.at_ms < ?`;
const PUT_RUN = `INSERT INTO run VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET state = excluded.state, doc = excluded.doc`;
/** The condition of the partial index, word for word: thousands of ended runs are not looked at. */
const OPEN_RUNS = `SELECT doc FROM run WHERE kind = ? AND state IN ('waiting', 'running')`;
/** The same decision sent again is one; two different ones at one millisecond are two. */
const PUT_DECISION = `INSERT INTO decision (component_id, at_ms, doc) SELECT ?1, ?2, ?3 WHERE NOT EXISTS
  (SELECT 1 FROM decision WHERE component_id = ?1 AND at_ms = ?2 AND doc = ?3)`;

export const ledgerAnswers = (db: Connection) => ({
  writeScores(scores: readonly Score[]): void {
    inTransaction(db, () => {
      const idFor = componentIds(db);
      for (const score of scores) db.run(PUT_SCORE, idFor(score.key), ...cellsOf(score));
    });
  },

  readScores({ from, to }: Window, keys?: readonly ComponentKey[]): ScoreRow[] {
    if (keys === undefined) return db.query(READ_SCORES, from, to).map(scoreIn);
    return keys.flatMap(({ namespace, component }) =>
      db.query(READ_SCORES_OF, namespace, component, from, to).map(scoreIn),
    );
  },

  settings: (): { name: string; doc: string }[] =>
    db
      .query('SELECT name, doc FROM setting')
      .map(([name, doc]) => ({ name: textIn(name), doc: textIn(doc) })),

  set(entries: readonly SettingRow[]): void {
    inTransaction(db, () => {
      for (const { name, doc } of entries) {
        if (doc === undefined) db.run('DELETE FROM setting WHERE name = ?', name);
        else db.run('INSERT OR REPLACE INTO setting VALUES (?, ?)', name, doc);
      }
    });
  },

  /** Starting what has been started changes nothing: a repeated request must not reset a run. */
  start({ id, kind, createdAt, state, doc }: RunRow): void {
    db.run('INSERT OR IGNORE INTO run VALUES (?, ?, ?, ?, ?)', id, kind, createdAt, state, doc);
  },

  update({ id, kind, createdAt, state, doc }: RunRow): void {
    db.run(PUT_RUN, id, kind, createdAt, state, doc);
  },

  run: (id: string): string[] => documents(db.query('SELECT doc FROM run WHERE id = ?', id)),

  runs: ({ from, to }: Window): string[] =>
    documents(
      db.query(
        'SELECT doc FROM run WHERE created_ms >= ? AND created_ms < ? ORDER BY created_ms DESC, id DESC',
        from,
        to,
      ),
    ),

  /** Reads and writes under one lock, so that two processes never take the same run. */
  take: (kind: RunKind, now: EpochMs): string | undefined =>
    inTransaction(db, () => {
      const open = documents(db.query(OPEN_RUNS, kind)).flatMap((doc) => parseRun(doc) ?? []);
      const run = nextRun(open, kind, now);
      if (run === undefined) return undefined;
      const doc = toDocument(run, 'run');
      db.run('UPDATE run SET state = ?, doc = ? WHERE id = ?', run.state, doc, run.id);
      return doc;
    }),

  appendDecisions(decisions: readonly DecisionRow[]): void {
    inTransaction(db, () => {
      const idFor = componentIds(db);
      for (const { key, at, doc } of decisions) db.run(PUT_DECISION, idFor(key), at, doc);
    });
  },

  decisions({ from, to }: Window, limit: number, key?: ComponentKey): string[] {
    const within = 'at_ms >= ? AND at_ms < ? ORDER BY at_ms DESC, id DESC LIMIT ?';
    if (key === undefined) {
      return documents(db.query(`SELECT doc FROM decision WHERE ${within}`, from, to, limit));
    }
    const of = `SELECT doc FROM decision WHERE component_id =
      (SELECT id FROM component WHERE namespace = ? AND component = ?) AND ${within}`;
    return documents(db.query(of, key.namespace, key.component, from, to, limit));
  },
});

export type ScoreRow = Omit<Score, 'resource'> & { readonly resource: string };

const documents = (rows: Cell[][]): string[] => rows.map(([doc]) => textIn(doc));

const cellsOf = (score: Score): Cell[] => [
  score.resource,
  score.model,
  score.lead,
  score.at,
  score.mae,
  score.mase,
  score.pinball,
  score.coverage,
  score.skill,
  score.n,
  score.bias ?? null,
  score.belowQ90 ?? null,
];

function scoreIn(row: Cell[]): ScoreRow {
  const [resource, model, lead, at, mae, mase, pinball, coverage, skill, n, bias, below] =
    row.slice(2);
  return {
    key: keyIn(row),
    resource: textIn(resource),
    model: textIn(model),
    lead: numberIn(lead),
    at: epochMs(numberIn(at)),
    mae: numberIn(mae),
    mase: numberIn(mase),
    pinball: numberIn(pinball),
    coverage: numberIn(coverage),
    skill: numberIn(skill),
    n: numberIn(n),
    ...(bias === null ? {} : { bias: numberIn(bias) }),
    ...(below === null ? {} : { belowQ90: numberIn(below) }),
  };
}
