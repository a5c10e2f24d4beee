import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { importCsv, type ImportOptions, type ImportSummary } from '../collector/import-csv.ts';
import type { Config } from '../config/schema.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { toRfc3339 } from '../domain/units.ts';
import { openDirectStore } from './open-store.ts';

export type ImportFlags = ImportOptions & { readonly input: string };

/** Reads history from a CSV file into the store; nothing is written unless every line can be read. */
export async function runImport(
  config: Config,
  { input, ...options }: ImportFlags,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  await using store = await openDirectStore(config.store, log);
  const summary = await importCsv(linesOf(input), options, store, signal);
  return describe(summary, options.dryRun === true);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } catch (cause) {
    throw refusal(
      'REQUEST_INVALID',
      `${file}: cannot be read; name an existing file with --input`,
      {
        cause,
      },
    );
  }
}

const describe = (summary: ImportSummary, isTrial: boolean): string =>
  `${isTrial ? 'would import' : 'imported'} ${summary.buckets} buckets of ${summary.components} components, ` +
  `${toRfc3339(summary.from)} to ${toRfc3339(summary.to)}; ${summary.rows} rows, ${summary.gaps} places without a value stay gaps`;
