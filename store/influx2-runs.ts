import type { Run, RunKind } from '../domain/run.ts';
import { days, epochMs, hours, type EpochMs, type Window } from '../domain/units.ts';
import { parseRun, toDocument } from './documents.ts';
import { inRange, is, isEmpty, isField, isMeasurement, keep } from './flux.ts';
import type { InfluxWire } from './influx2-wire.ts';
import { document, line, readDocument, series, text } from './line-protocol.ts';
import { checkedWindow, count } from './names.ts';
import { nextRun } from './next-run.ts';
import { timeOf } from './rows.ts';

/** A run that nobody took for so long is not wanted any more. */
const LONGEST_WAIT = days(7);
/** Who created a run may have another clock than who takes it. */
const CLOCK_DIFFERENCE = hours(1);
const RUN = isMeasurement('run');

/**
 * The records of training and inference, in `eval`. A run is one point, rewritten whole: its document,
 * and beside it the state, so that whoever looks for work need not read the documents of all.
 */
export function influxRuns(wire: InfluxWire) {
  async function read(window: Window, signal: AbortSignal, ...kind: string[]): Promise<Run[]> {
    const runs: Run[] = [];
    if (isEmpty(checkedWindow(window))) return runs;
    const query = inRange(wire.buckets.eval, window, RUN, isField('doc'), ...kind);
    await wire.query(
      query + keep('_value'),
      (cells) => {
        const run = parseRun(readDocument(cells('_value')));
        if (run !== undefined) runs.push(run);
      },
      signal,
    );
    return runs.toSorted((a, b) => b.createdAt - a.createdAt);
  }

  async function unfinished(kind: RunKind, now: EpochMs, signal: AbortSignal): Promise<Run[]> {
    const window = { from: epochMs(now - LONGEST_WAIT), to: epochMs(now + CLOCK_DIFFERENCE) };
    const isUnfinished = `(${is('_value', 'waiting')} or ${is('_value', 'running')})`;
    const states = [RUN, is('kind', kind), isField('state'), isUnfinished];
    const created: EpochMs[] = [];
    await wire.query(
      inRange(wire.buckets.eval, window, ...states) + keep('_time'),
      (cells) => created.push(timeOf(cells)),
      signal,
    );
    const runs = await Promise.all(
      created.map((at) => read({ from: at, to: epochMs(at + 1) }, signal, is('kind', kind))),
    );
    return runs.flat();
  }

  async function write(run: Run, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const at = epochMs(count(run.createdAt, 'the moment of creation'));
    const fields = { doc: document(toDocument(run, `run ${run.id}`)), state: text(run.state) };
    await wire.writeWhole('eval', [line(series('run', { kind: run.kind }), fields, at)], signal);
  }

  return {
    start: write,
    update: write,

    async get(id: string, signal: AbortSignal): Promise<Run | undefined> {
      const created = Number(/^[a-z]+-(\d{1,15})$/.exec(id)?.[1]);
      if (!Number.isSafeInteger(created)) return undefined;
      const window = { from: epochMs(created), to: epochMs(created + 1) };
      return (await read(window, signal)).find((run) => run.id === id);
    },

    list: (window: Window, signal: AbortSignal): Promise<Run[]> => read(window, signal),

    /** Only the single holder may call it: between reading and writing another could take the same. */
    async take(kind: RunKind, now: EpochMs, signal: AbortSignal): Promise<Run | undefined> {
      const run = nextRun(await unfinished(kind, now, signal), kind, now);
      if (run !== undefined) await write(run, signal);
      return run;
    },
  };
}
