import { refusal, type SelfScalingError } from '../domain/errors.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Problem } from './csv-cells.ts';
import type { CsvOptions } from './csv-layout.ts';
import { readRows } from './csv-rows.ts';
import type { BucketSink } from './keep.ts';

export type ImportOptions = CsvOptions & {
  /** Checks everything, writes nothing. */
  readonly dryRun?: boolean;
};

export type ImportSummary = {
  readonly rows: number;
  /** Places in the file that hold no value: they stay gaps. */
  readonly gaps: number;
  readonly buckets: number;
  readonly components: number;
  /** Start of the first bucket, end of the last. */
  readonly from: EpochMs;
  readonly to: EpochMs;
};

const BUCKETS_A_WRITE = 5000;

/**
 * Imports usage from CSV as history buckets: means over each quarter of an hour; what the file leaves
 * out stays a gap. Replicas are not in the file and are kept as 0.
 *
 * Everything is checked before anything is written. Repeating an import changes nothing.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` with line and column of up to 20 problems; `STORE_UNAVAILABLE`.
 */
export async function importCsv(
  lines: AsyncIterable<string>,
  options: ImportOptions,
  sink: BucketSink,
  signal: AbortSignal,
): Promise<ImportSummary> {
  const { memoryBytes } = options;
  if (memoryBytes !== undefined && !(memoryBytes > 0 && memoryBytes < Infinity)) {
    throw refusal('REQUEST_INVALID', `memoryBytes is ${memoryBytes}; it must be a number above 0`);
  }
  const reading = readRows(options);
  for await (const line of lines) {
    signal.throwIfAborted();
    if (!reading.line(line)) break;
  }
  const { buckets, summary, problems } = reading.end();
  if (problems.length > 0) throw unreadable(problems);
  if (options.dryRun === true) return summary;
  for (let from = 0; from < buckets.length; from += BUCKETS_A_WRITE) {
    await sink.appendHistory(buckets.slice(from, from + BUCKETS_A_WRITE), signal);
  }
  return summary;
}

function unreadable(problems: readonly Problem[]): SelfScalingError {
  const list = problems.map(
    ({ line, column, message }) => `line ${line}, column ${column}: ${message}`,
  );
  return refusal(
    'REQUEST_INVALID',
    `the file was not imported, nothing was written:\n${list.join('\n')}`,
    { details: { problems } },
  );
}
