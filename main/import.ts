import { readFile } from 'node:fs/promises';
import { importCsv, type ImportOptions, type ImportSummary } from '../collector/import-csv.ts';
import { prometheusLines } from '../collector/prometheus-json.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { toRfc3339 } from '../domain/units.ts';
import { telegrafLines } from './import-telegraf.ts';
import { linesOf } from './lines-of.ts';
import { openDirectStore } from './open-store.ts';

/** Where the history comes from: exactly one of the three. */
export type ImportFlags = ImportOptions & {
  readonly input?: string | undefined;
  readonly prometheusCpu?: string | undefined;
  readonly prometheusMemory?: string | undefined;
  readonly label?: string | undefined;
  readonly telegrafBucket?: string | undefined;
  readonly telegrafUrl?: string | undefined;
  readonly telegrafOrg?: string | undefined;
  readonly telegrafTokenFile?: string | undefined;
  readonly days?: number | undefined;
};

const DAYS = 28;

/** Reads history from elsewhere into the store; nothing is written unless all of it can be read. */
export async function runImport(
  config: Config,
  flags: ImportFlags,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  const lines = await sourceOf(flags, config, signal);
  await using store = await openDirectStore(config.store, log);
  const summary = await importCsv(lines, flags, store, signal);
  return describe(summary, flags.dryRun === true);
}

async function sourceOf(
  flags: ImportFlags,
  { store }: Config,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const { input, prometheusCpu: cpu, prometheusMemory: memory, telegrafBucket: bucket } = flags;
  const named = [input, cpu ?? memory, bucket].filter((one) => one !== undefined);
  if (named.length !== 1) {
    throw refusal(
      'REQUEST_INVALID',
      'say where from: --input FILE, or --prometheus-cpu and --prometheus-memory, or --telegraf-bucket',
    );
  }
  if (input !== undefined) return linesOf(input);
  if (bucket !== undefined) return await fromTelegraf(bucket, flags, store, signal);
  if (cpu === undefined || memory === undefined) {
    throw refusal('REQUEST_INVALID', '--prometheus-cpu and --prometheus-memory go together');
  }
  const texts = { cpu: await textOf(cpu), memory: await textOf(memory) };
  return asynchronous(prometheusLines(texts, flags.label ?? 'workload'));
}

async function fromTelegraf(
  bucket: string,
  flags: ImportFlags,
  store: Config['store'],
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const token = (await textOf(flags.telegrafTokenFile ?? store.tokenFile)).trim();
  const { telegrafUrl: url = store.url, telegrafOrg: org = store.org, days = DAYS } = flags;
  return telegrafLines({ url, org, bucket, token, days }, systemClock.now(), signal);
}

/** @yields the same. */
async function* asynchronous(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refusal('REQUEST_INVALID', `${file}: cannot be read; name an existing file`, { cause });
  });
}

const describe = (summary: ImportSummary, isTrial: boolean): string =>
  `${isTrial ? 'would import' : 'imported'} ${summary.buckets} buckets of ${summary.components} components, ` +
  `${toRfc3339(summary.from)} to ${toRfc3339(summary.to)}; ${summary.rows} rows, ${summary.gaps} places without a value stay gaps`;
