import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { storeUnavailable } from '../domain/errors.ts';
import type { Connection } from './sqlite-connection.ts';
import { checkOwner, prepare } from './sqlite-schema.ts';
import { isDamage } from './sqlite-failure.ts';

const IN_MEMORY = ':memory:';

export type OpenFile = {
  readonly db: Connection;
  /** Where a damaged file was put; its contents are not in this one. */
  readonly setAside?: string;
  /** Tells this very file from one that was put in its place. */
  readonly identity?: number;
};

type Opening = {
  readonly path: string;
  /** Something read from it was damaged: it is checked from end to end. */
  readonly isSuspect: boolean;
  readonly connect: (path: string) => Connection;
};

/**
 * Opens the file, makes it (and its folder) when there is none, and brings its schema up to date. A
 * damaged file is renamed to `*.corrupt-<ms of its last change>` and a new one begun, so that the program can go on.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` for a file that is not ours to write.
 */
export function openFile(opening: Opening): OpenFile {
  const { path } = opening;
  if (path === IN_MEMORY) return { db: openOnce(opening) };
  makeFolder(path);
  const before = identityOf(path);
  try {
    const db = openOnce(opening);
    return withIdentity({ db }, path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // Another process may have put a new file there meanwhile; that one is not to be renamed.
    const setAside = identityOf(path) === before ? moveAway(path) : undefined;
    const db = openOnce(opening);
    return withIdentity(setAside === undefined ? { db } : { db, setAside }, path);
  }
}

/** The file under this name now; `undefined` when there is none. */
export const identityOf = (path: string): number | undefined =>
  statSync(path, { throwIfNoEntry: false })?.ino;

function withIdentity(open: OpenFile, path: string): OpenFile {
  const identity = identityOf(path);
  return identity === undefined ? open : { ...open, identity };
}

function openOnce({ path, isSuspect, connect }: Opening): Connection {
  // A log that was not emptied means an unclean end, or another process at work.
  const wasLeftOpen = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const db = connect(path);
  try {
    checkOwner(db, path);
    if (isSuspect || wasLeftOpen) checkContents(db);
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite's own code for a damaged file, so that both ways of finding out are answered alike. */
const CORRUPT = 11;

function checkContents(db: Connection): void {
  const [[finding] = []] = db.query('PRAGMA quick_check(1)');
  if (finding !== 'ok') throw Object.assign(new Error(String(finding)), { errcode: CORRUPT });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw storeUnavailable(`cannot make the folder of ${path}`, error);
  }
}

/**
 * Named after the moment it was last written. The log goes first: a new file must never meet the old
 * one's log.
 */
function moveAway(path: string): string {
  let at = Math.floor(statSync(path).mtimeMs);
  while (identityOf(asideOf(path, at)) !== undefined) at += 1;
  const aside = asideOf(path, at);
  for (const suffix of ['-wal', '-shm', '']) {
    if (identityOf(path + suffix) !== undefined) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

const asideOf = (path: string, at: number): string => `${path}.corrupt-${at}`;
