import { importCsv, type ImportOptions, type ImportSummary } from '../collector/import-csv.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../domain/log.ts';
import { toRfc3339 } from '../domain/units.ts';
import { linesOf } from './lines-of.ts';
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

const describe = (summary: ImportSummary, isTrial: boolean): string =>
  `${isTrial ? 'would import' : 'imported'} ${summary.buckets} buckets of ${summary.components} components, ` +
  `${toRfc3339(summary.from)} to ${toRfc3339(summary.to)}; ${summary.rows} rows, ${summary.gaps} places without a value stay gaps`;
