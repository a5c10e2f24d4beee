/** One object, then one sentence without variables. A pino logger fits. */
export interface Log {
  debug(members: object, sentence: string): void;
  info(members: object, sentence: string): void;
  warn(members: object, sentence: string): void;
  error(members: object, sentence: string): void;
}

/** For tools and tests that have nothing to tell. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
