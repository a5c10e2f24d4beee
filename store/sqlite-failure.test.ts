import { describe, expect, test } from 'vitest';
import { refusal } from '../domain/errors.ts';
import { errorOf, failureOf } from './sqlite-failure.ts';

const sqliteError = (errcode: number): Error =>
  Object.assign(new Error('from SQLite'), { code: 'ERR_SQLITE_ERROR', errcode });

const answered = (error: unknown): Error => errorOf(failureOf(error, 'x.db'), 'x.db');

describe('an error of the database', () => {
  test.each([
    ['busy', 5],
    ['busy, as its extended code says', 261],
    ['read-only', 8],
    ['an I/O error', 10],
    ['a full disk', 13],
    ['a file that cannot be opened', 14],
  ])('%s means the store is away, and names the file and the cause', (_, errcode) => {
    expect(answered(sqliteError(errcode))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: 'the database x.db is away',
      cause: 'from SQLite',
    });
  });

  test.each([
    ['corrupt', 11],
    ['not a database', 26],
  ])('%s means damage', (_, errcode) => {
    expect(failureOf(sqliteError(errcode), 'x.db')).toMatchObject({ kind: 'damage' });
    expect(answered(sqliteError(errcode))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test.each([
    ['a constraint', sqliteError(19)],
    ['a mistake in a statement', sqliteError(1)],
    ['a TypeError', new TypeError('a number was expected')],
  ])('%s is a bug, and keeps its stack', (_, error) => {
    const bug = answered(error);
    expect(bug).not.toHaveProperty('code');
    expect(bug).toMatchObject({ message: error.message, stack: error.stack });
  });

  test('a refusal passes between threads whole', () => {
    const error = refusal('CONFIG_INVALID', 'newer', { details: { version: 2 } });
    expect(errorOf(structuredClone(failureOf(error, 'x.db')), 'x.db')).toEqual(error);
  });
});
