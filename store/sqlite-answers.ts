import { futureAnswers } from './sqlite-future.ts';
import { historyAnswers } from './sqlite-history.ts';
import { ledgerAnswers } from './sqlite-ledger.ts';
import { identityOf, type OpenFile } from './sqlite-open.ts';
import { upkeepAnswers } from './sqlite-upkeep.ts';
import { vintageAnswers } from './sqlite-vintages.ts';

/**
 * Everything the database thread can be asked. Each answer is synchronous, what it takes and gives
 * passes between threads, and what it writes is on disk when it returns.
 */
export const sqliteAnswers = ({ db, setAside, identity }: OpenFile, path: string) => ({
  ...historyAnswers(db),
  ...futureAnswers(db),
  ...vintageAnswers(db),
  ...ledgerAnswers(db),
  ...upkeepAnswers(db),

  /** Where a damaged file was put when this one was opened. */
  opened: (): string | undefined => setAside,

  /** Why the store is not there; `undefined` when it is. */
  trouble(): string | undefined {
    if (identity !== undefined && identityOf(path) !== identity) {
      return 'the file was removed or replaced while it was open';
    }
    db.query('SELECT name FROM setting LIMIT 1');
    return undefined;
  },

  /** The last thing that is asked: empties the log into the file. */
  close(): void {
    db.close();
  },
});

export type Answers = ReturnType<typeof sqliteAnswers>;
export type Question = keyof Answers;

/** A question to the thread, and its reply; the same number on both. */
export type Asked = {
  readonly number: number;
  readonly question: Question;
  readonly words: readonly unknown[];
};
