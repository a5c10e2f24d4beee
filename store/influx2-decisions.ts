import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { Log } from '../domain/log.ts';
import { epochMs, seconds, type EpochMs, type Window } from '../domain/units.ts';
import { checkedDecision } from './checked.ts';
import { parseDecision, toDocument } from './documents.ts';
import { inRange, isEmpty, isField, isKey, isMeasurement, keep, newestFirst } from './flux.ts';
import type { Cells, InfluxWire } from './influx2-wire.ts';
import { document, line, readDocument, series } from './line-protocol.ts';
import { checkedKey, checkedWindow, count } from './names.ts';
import { keyOf, timeOf } from './rows.ts';

const DECISION = [isMeasurement('decision'), isField('doc')];
const COLUMNS = ['_time', '_value', 'namespace', 'component', 'what'] as const;
/** How far a decision may be moved to find a free millisecond. */
const LATEST = seconds(10);

/** The ledger of decisions, in `eval`: append only. */
export function influxDecisions(wire: InfluxWire, log: Log) {
  const ledger = wire.buckets.eval;

  async function written(window: Window, signal: AbortSignal): Promise<Map<string, string>> {
    const taken = new Map<string, string>();
    const add = (cells: Cells): void => {
      const place = placeOf(keyOf(cells), cells('what'), timeOf(cells));
      taken.set(place, readDocument(cells('_value')));
    };
    await wire.query(inRange(ledger, window, ...DECISION) + keep(...COLUMNS), add, signal);
    return taken;
  }

  return {
    /**
     * Two decisions of one millisecond would be one point, so the second moves to the next that is free;
     * one that is there already, word for word, stays where it is: sending a batch twice does no harm.
     */
    async appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      if (decisions.length === 0) return;
      const moments = decisions.map((decision) => checkedDecision(decision).at);
      const from = epochMs(moments.reduce((a, b) => Math.min(a, b), Infinity));
      const last = moments.reduce((a, b) => Math.max(a, b), -Infinity);
      const docs = decisions.map((decision) => toDocument(decision, 'a decision'));
      const taken = await written({ from, to: epochMs(last + LATEST) }, signal);
      const lines = decisions.map((decision, index) => {
        const doc = docs[index] ?? '';
        let at = decision.at;
        const place = (): string => placeOf(decision.key, decision.kind, at);
        while ((taken.get(place()) ?? doc) !== doc) at = epochMs(at + 1);
        taken.set(place(), doc);
        return decisionLine(decision, doc, at);
      });
      await wire.write('eval', lines, signal);
    },

    async readDecisions(
      key: ComponentKey | undefined,
      window: Window,
      limit: number,
      signal: AbortSignal,
    ): Promise<Decision[]> {
      const most = count(limit, 'the limit');
      if (isEmpty(checkedWindow(window)) || most === 0) return [];
      const whose = key === undefined ? [] : [isKey(checkedKey(key))];
      const decisions: Decision[] = [];
      await wire.query(
        inRange(ledger, window, ...DECISION, ...whose) +
          keep('_time', '_value') +
          newestFirst(most),
        (cells) => {
          const decision = parseDecision(readDocument(cells('_value')));
          if (decision !== undefined) decisions.push(decision);
          else log.warn({ at: timeOf(cells) }, 'a decision is damaged and left out');
        },
        signal,
      );
      return decisions;
    },
  };
}

const placeOf = (key: ComponentKey, what: string, at: EpochMs): string =>
  `${idOf(key)} ${what} ${at}`;

function decisionLine({ key, kind }: Decision, doc: string, at: EpochMs): string {
  const tags = { component: key.component, namespace: key.namespace, what: kind };
  return line(series('decision', tags), { doc: document(doc) }, at);
}
