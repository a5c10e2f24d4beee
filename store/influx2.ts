import {
  HttpError,
  InfluxDB,
  setLogger,
  type FluxTableMetaData,
} from '@influxdata/influxdb-client';
import { isRefusal, refusal, storeUnavailable, type SelfScalingError } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';
import { sampleCounts } from './influx2-counts.ts';
import { influxDecisions } from './influx2-decisions.ts';
import { influxFuture } from './influx2-future.ts';
import { influxHistory } from './influx2-history.ts';
import { influxRuns } from './influx2-runs.ts';
import { influxSettings } from './influx2-settings.ts';
import type { Bucket, BucketNames, Cells, InfluxWire } from './influx2-wire.ts';

export type Influx2Options = {
  readonly url: string;
  readonly org: string;
  readonly token: string;
  readonly buckets: BucketNames;
  /** For a write; a read may take three times as long. */
  readonly timeoutMs: number;
};

const LINES_A_REQUEST = 5000;
const CHARACTERS_A_REQUEST = 4_000_000;
const READ_TIMES = 3;
const CHECK_LIMIT = seconds(2);
/** Every time there is: InfluxDB's end of it is in 2262. */
const ALWAYS = { start: '1970-01-01T00:00:00Z', stop: '2262-01-01T00:00:00Z' };

/**
 * The whole store port on InfluxDB 2 (2.9.1), through its own client. Nothing is kept in this process
 * that a restart would miss; a write that has resolved is on the server's disk.
 *
 * InfluxDB has no compare-and-set: `take` needs a single holder, whom the trainer's Lease chooses.
 */
export function openInflux2Store(options: Influx2Options, log: Log) {
  quietClient(log);
  const closing = new AbortController();
  const wire = openWire(options, closing.signal, log);
  const counts = sampleCounts(wire);
  return {
    ...influxHistory(wire, counts),
    ...influxFuture(wire, log),
    ...influxSettings(wire, counts, log),
    ...influxRuns(wire),
    ...influxDecisions(wire, log),

    /** A real question, within 2 s: `/health` answers 200 whatever the state of the database. */
    async check(
      signal: AbortSignal,
    ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(CHECK_LIMIT)]);
      // Every role may read `issue`; the window is the server's own, and has both ends.
      const question = `from(bucket: ${JSON.stringify(options.buckets.issue)}) |> range(start: -1m, stop: 1m) |> limit(n: 1)`;
      try {
        await wire.query(question, () => {}, soon);
        return { ok: true };
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) return { ok: false, why: error.message };
        if (soon.aborted) return { ok: false, why: `${options.url} does not answer within 2 s` };
        throw error;
      }
    },

    async [Symbol.asyncDispose](): Promise<void> {
      closing.abort(storeUnavailable('the store is closed'));
    },
  };
}

/** The client's traps are answered here: see the comments. */
function openWire(options: Influx2Options, closed: AbortSignal, log: Log): InfluxWire {
  const { url, org, token, buckets } = options;
  const readTimeout = options.timeoutMs * READ_TIMES;

  /** A client per call, because none of its calls takes a signal; its own timeout does not end a stream. */
  async function call<T>(
    bucket: string,
    timeoutMs: number,
    signal: AbortSignal,
    ask: (client: InfluxDB) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    closed.throwIfAborted();
    const deadline = AbortSignal.timeout(timeoutMs);
    const transportOptions = { signal: AbortSignal.any([signal, closed, deadline]) };
    try {
      return await ask(new InfluxDB({ url, token, timeout: timeoutMs, transportOptions }));
    } catch (error) {
      signal.throwIfAborted();
      closed.throwIfAborted();
      if (deadline.aborted) throw noAnswer(url, `within ${timeoutMs} ms`, error);
      throw refusalOf(error, url, bucket);
    }
  }

  async function writeWhole(
    bucket: Bucket,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    await call(buckets[bucket], options.timeoutMs, signal, async (client) => {
      // A batch that the client sends by itself fails in silence, and one that it retries is lost on
      // close: so it never fills, and is never retried.
      const writer = client.getWriteApi(org, buckets[bucket], 'ms', {
        batchSize: lines.length + 1,
        maxBatchBytes: Infinity,
        flushInterval: 0,
        maxRetries: 0,
      });
      writer.writeRecords([...lines]);
      await writer.flush();
    });
  }

  /** Halves what the server refuses until the bad line stands alone; the others are written. */
  async function writeWhatIsGood(
    bucket: Bucket,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      return await writeWhole(bucket, lines, signal);
    } catch (error) {
      if (!isRefusal(error, 'REQUEST_INVALID')) throw error;
      if (error.details['partial'] === true || lines.length <= 1) {
        log.error({ bucket, err: error }, 'InfluxDB refused a line, which is lost');
        return;
      }
    }
    const half = Math.ceil(lines.length / 2);
    await writeWhatIsGood(bucket, lines.slice(0, half), signal);
    await writeWhatIsGood(bucket, lines.slice(half), signal);
  }

  return {
    buckets,
    writeWhole,

    async write(bucket, lines, signal) {
      for (const batch of inBatches(lines)) await writeWhatIsGood(bucket, batch, signal);
    },

    async query(flux, each, signal) {
      await call('', readTimeout, signal, async (client) => {
        let table: FluxTableMetaData | undefined;
        let places = new Map<string, number>();
        let row: readonly string[] = [];
        const cells: Cells = (column) => row[places.get(column) ?? -1] ?? '';
        for await (const { values, tableMeta } of client.getQueryApi(org).iterateRows(flux)) {
          row = values;
          if (tableMeta !== table) {
            table = tableMeta;
            places = new Map(tableMeta.columns.map(({ label, index }) => [label, index]));
          }
          // An error after the first rows comes as an ordinary table, under a 200.
          if (places.has('error')) throw storeUnavailable('InfluxDB broke off', cells('error'));
          each(cells);
        }
      });
    },

    async remove(bucket, predicate, signal) {
      const name = buckets[bucket];
      const path = `/api/v2/delete?${new URLSearchParams({ org, bucket: name }).toString()}`;
      await call(name, readTimeout, signal, (client) =>
        client.transport.request(path, { ...ALWAYS, predicate }, { method: 'POST' }),
      );
    },
  };
}

/** @yields requests of bounded lines and size, in the given order. */
function* inBatches(lines: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const line of lines) {
    const isFull =
      batch.length === LINES_A_REQUEST || characters + line.length > CHARACTERS_A_REQUEST;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(line);
    characters += line.length;
  }
  if (batch.length > 0) yield batch;
}

/** 4xx that are the data's fault; all others are an outage: the data is good and must be kept. */
const BAD_DATA = 400;
const TOO_LARGE = 413;
/** The server has written the rest, and will always drop the lines that it dropped. */
const PARTIAL = 422;

/** What a failure of the client means; a bug of ours is passed on as it is. */
function refusalOf(error: unknown, url: string, bucket: string): unknown {
  if (isRefusal(error) || !(error instanceof Error)) return error;
  if (!(error instanceof HttpError)) {
    return isOfTheSocket(error) ? noAnswer(url, `(${error.message})`, error) : error;
  }
  const { statusCode: status, message } = error;
  const details = { status, ...(status === PARTIAL && { partial: true }) };
  // Before the first row, a failure of the server while it reads is a 400 too: a read is never invalid.
  if (bucket !== '' && [BAD_DATA, TOO_LARGE, PARTIAL].includes(status)) {
    return refusal('REQUEST_INVALID', `InfluxDB refuses the data: ${message}`, { details });
  }
  return refusal('STORE_UNAVAILABLE', `InfluxDB at ${url} ${meaningOf(status)}: ${message}`, {
    cause: error,
    details,
  });
}

const MEANINGS = new Map([
  [401, 'refuses the token'],
  [403, 'does not let the token do this'],
  [404, 'has no such bucket or organisation, or the token may not see it'],
]);
const meaningOf = (status: number): string => MEANINGS.get(status) ?? `answers ${status}`;

const noAnswer = (url: string, how: string, cause: unknown): SelfScalingError =>
  storeUnavailable(`InfluxDB at ${url} does not answer ${how}`, cause);

/** Errors of sockets, HTTP and unpacking carry a code; the client's own are known by name. */
const isOfTheSocket = (error: Error): boolean =>
  'code' in error || error.name === 'AbortError' || error.name === 'RequestTimedOutError';

/** The client would write to the console; its bodies hold data, so only its sentence is kept. */
function quietClient(log: Log): void {
  setLogger({
    error: (message) => log.debug({ message }, 'the InfluxDB client reports an error'),
    warn: (message) => log.debug({ message }, 'the InfluxDB client warns'),
  });
}
