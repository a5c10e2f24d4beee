import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { sqliteAnswers, type Answers, type Asked } from './sqlite-answers.ts';
import type { Cell, Connection } from './sqlite-connection.ts';
import { failureOf } from './sqlite-failure.ts';
import { openFile } from './sqlite-open.ts';
import type { Reply, ThreadStart } from './sqlite-thread.ts';

/* The database thread: opens one file, and answers one question at a time in the order asked. */

/** Longer than any transaction of ours on another connection, shorter than anybody's patience. */
const BUSY_TIMEOUT_MS = 5000;

const { path, isSuspect }: ThreadStart = workerData;
let open = openAnswers();

parentPort?.on('message', ({ number, question, words }: Asked) => {
  const reply = replyTo(question, words);
  const moved = reply.kind === 'answer' ? buffersIn(reply.answer) : [];
  parentPort?.postMessage({ ...reply, number }, moved);
  if (question === 'close') parentPort?.close();
});

type Open = { readonly answers: Answers } | { readonly failure: unknown };

function openAnswers(): Open {
  try {
    const file = openFile({ path, isSuspect, connect });
    return { answers: sqliteAnswers(file, path) };
  } catch (failure) {
    return { failure };
  }
}

function replyTo(question: keyof Answers, words: readonly unknown[]): Reply {
  if ('failure' in open) {
    return { kind: 'failure', failure: failureOf(open.failure, path), isOver: true };
  }
  try {
    const answer: unknown = Reflect.apply(open.answers[question], undefined, words);
    return { kind: 'answer', answer };
  } catch (error) {
    const failure = failureOf(error, path);
    const isOver = failure.kind === 'damage';
    if (isOver) giveUp(open.answers, error);
    return { kind: 'failure', failure, isOver };
  }
}

/** Nothing more may be acknowledged in a file that is going to be set aside. */
function giveUp(answers: Answers, failure: unknown): void {
  open = { failure };
  try {
    answers.close();
  } catch {
    // The first failure is the one that tells.
  }
}

/** Arrays of numbers are handed over, not copied. */
const buffersIn = (answer: unknown): ArrayBuffer[] =>
  Object.values(answer ?? {})
    .filter((member) => member instanceof Float64Array || member instanceof Uint8Array)
    .map((array) => array.buffer)
    .filter((buffer) => buffer instanceof ArrayBuffer);

function connect(file: string): Connection {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    statements.set(sql, statement);
    return statement;
  };
  return {
    exec: (sql) => database.exec(sql),
    query: (sql, ...cells) => rowsOf(prepared(sql).all(...cells)),
    run: (sql, ...cells) => Number(prepared(sql).run(...cells).changes),
    close: () => database.close(),
  };
}

/** The statements return arrays, which their types do not know. */
function rowsOf(rows: readonly object[]): Cell[][] {
  return rows.filter((row) => Array.isArray(row));
}
