/** The names that five buckets have in one organisation. */
export type BucketNames = {
  readonly history: string;
  readonly future: string;
  readonly issue: string;
  readonly eval: string;
  readonly system: string;
};
export type Bucket = keyof BucketNames;

/** The values of one row by column; empty for a column that the row has not. Valid until the next row. */
export type Cells = (column: string) => string;

/**
 * What the parts of the InfluxDB store need of a connection. Every method rejects with
 * `STORE_UNAVAILABLE` when the server cannot answer, refuses the token or misses the bucket, and with
 * the signal's reason when the caller has given up.
 */
export interface InfluxWire {
  readonly buckets: BucketNames;
  /**
   * Resolved = on the server's disk. In requests of bounded size, one after another; a line that the server
   * refuses among good ones is logged and left out. `REQUEST_INVALID` when a request had no good one.
   */
  write(bucket: Bucket, lines: Iterable<string>, signal: AbortSignal): Promise<void>;
  /** One request: all lines or none. */
  writeWhole(bucket: Bucket, lines: readonly string[], signal: AbortSignal): Promise<void>;
  /** Calls `each` for every row; only when it resolves were they all. */
  query(flux: string, each: (cells: Cells) => void, signal: AbortSignal): Promise<void>;
  /** Deletes what a predicate on tags names, of all times. */
  remove(bucket: Bucket, predicate: string, signal: AbortSignal): Promise<void>;
}
