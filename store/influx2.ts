import { InfluxDB, setLogger, type FluxTableMetaData } from '@influxdata/influxdb-client';
import { isRefusal, storeUnavailable, type SelfScalingError } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';
import { inBatches } from './batches.ts';
import { newest } from './flux.ts';
import { sampleCounts } from './influx2-counts.ts';
import { influxDecisions } from './influx2-decisions.ts';
import { influxFuture } from './influx2-future.ts';
import { influxHistory } from './influx2-history.ts';
import { noAnswer, refusalOf } from './influx2-refusals.ts';
import { influxRuns } from './influx2-runs.ts';
import { influxSettings } from './influx2-settings.ts';
import { influxVintages } from './influx2-vintages.ts';
import type { Bucket, BucketNames, Cells, InfluxWire } from './influx2-wire.ts';
import type { VintageEvery } from './vintage-every.ts';

export type Influx2Options = {
  readonly url: string;
  readonly org: string;
  readonly token: string;
  readonly buckets: BucketNames;
  /** For a write; a read may take three times as long. */
  readonly timeoutMs: number;
  /** Which issues are frozen; `auto` unless told. */
  readonly vintageEvery?: VintageEvery;
  /** Told of lines that are lost, as many as are known of. */
  readonly lost?: (lines: number) => void;
};

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
    ...influxVintages(wire),
    ...influxFuture(wire, log, options.vintageEvery),
    ...influxSettings(wire, counts, log),
    ...influxRuns(wire),
    ...influxDecisions(wire, log),

    /** A real question, within 2 s: `/health` answers 200 whatever the state of the database. */
    async check(
      signal: AbortSignal,
    ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(CHECK_LIMIT)]);
      try {
        // Every role may read `issue`.
        await wire.query(newest(options.buckets.issue), () => {}, soon);
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
  const { url, org, token, buckets, lost = () => {} } = options;
  const readTimeout = options.timeoutMs * READ_TIMES;

  /** A client per call, because none of its calls takes a signal; its own timeout does not end a stream. */
  async function call<T>(
    what: 'read' | 'write',
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
      throw refusalOf(error, what, url);
    }
  }

  async function writeWhole(
    bucket: Bucket,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    await call('write', options.timeoutMs, signal, async (client) => {
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

  /**
   * Halves what the server refuses until the bad line stands alone, and writes the others.
   *
   * @returns the refusal when not one line was good: then perhaps it is not the lines that are bad.
   */
  async function writeWhatIsGood(
    bucket: Bucket,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<SelfScalingError | undefined> {
    try {
      await writeWhole(bucket, lines, signal);
      return undefined;
    } catch (error) {
      if (!isRefusal(error, 'REQUEST_INVALID')) throw error;
      if (error.details['partial'] !== true && lines.length <= 1) return error;
      if (error.details['partial'] === true) {
        log.error({ bucket, err: error }, 'InfluxDB left out lines, which are lost');
        lost(1);
        return undefined;
      }
    }
    const half = Math.ceil(lines.length / 2);
    const first = await writeWhatIsGood(bucket, lines.slice(0, half), signal);
    const second = await writeWhatIsGood(bucket, lines.slice(half), signal);
    if (first !== undefined && second !== undefined) return first;
    if (first !== undefined) leftOut(first, half);
    if (second !== undefined) leftOut(second, lines.length - half);
    return undefined;

    function leftOut(err: SelfScalingError, count: number): void {
      log.error({ bucket, err }, 'InfluxDB refused lines, which are lost');
      lost(count);
    }
  }

  return {
    buckets,
    writeWhole,

    async write(bucket, lines, signal) {
      for (const batch of inBatches(lines)) {
        const refused = await writeWhatIsGood(bucket, batch, signal);
        if (refused !== undefined) throw refused;
      }
    },

    async query(flux, each, signal) {
      await call('read', readTimeout, signal, async (client) => {
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
      await call('write', readTimeout, signal, (client) =>
        client.transport.request(path, { ...ALWAYS, predicate }, { method: 'POST' }),
      );
    },
  };
}

/** The client would write to the console; its bodies hold data, so only its sentence is kept. */
function quietClient(log: Log): void {
  setLogger({
    error: (message) => log.debug({ message }, 'the InfluxDB client reports an error'),
    warn: (message) => log.debug({ message }, 'the InfluxDB client warns'),
  });
}
