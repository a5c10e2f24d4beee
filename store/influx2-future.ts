import { idOf, type ComponentKey } from '../domain/component.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import type { Log } from '../domain/log.ts';
import type { PackedIssue } from '../domain/packed-forecast.ts';
import type { Score } from '../domain/score.ts';
import { epochMs, type Window } from '../domain/units.ts';
import { checkedIssue, checkedScore } from './checked.ts';
import { conditionsOf, inRange, isEmpty, isField, isMeasurement, keep, last } from './flux.ts';
import type { InfluxWire } from './influx2-wire.ts';
import { vintageLines } from './influx2-vintages.ts';
import { issueDocument, parseIssue } from './issue-document.ts';
import { document, float, integer, line, readDocument, series, text } from './line-protocol.ts';
import { checkedWindow } from './names.ts';
import { gatheredPoints, keyOf, resourceOf, timeOf, toScore } from './rows.ts';
import { fieldOf, scoreLine } from './score-rows.ts';
import { vintageBeat, type VintageEvery } from './vintage-every.ts';

const MS_A_SECOND = 1000;
const TARGET = ['namespace', 'component', 'resource'] as const;

/** What is forecast and how good it was: the buckets `future` and `issue`, and the scores in `eval`. */
export function influxFuture(wire: InfluxWire, log: Log, every: VintageEvery = 'auto') {
  const beat = vintageBeat(every);
  function* futureLines(forecasts: readonly IssuedFor[]): Generator<string> {
    yield* widePoints(forecasts);
    yield* vintageLines(forecasts.filter(({ key, issued }) => beat.isDue(key, issued.issuedAt)));
  }
  return {
    /**
     * The points for people and the vintages first, all acknowledged, then the issues for the machine: an
     * issue is the mark that the rest is there.
     */
    async writeFuture(forecasts: readonly IssuedFor[], signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      const issues = forecasts.map(checkedIssue);
      await wire.write('future', futureLines(forecasts), signal);
      await wire.write('issue', issues.map(issueLine), signal);
    },

    async readFuture(issuedIn: Window, signal: AbortSignal): Promise<PackedIssue[]> {
      if (isEmpty(checkedWindow(issuedIn))) return [];
      const issues: PackedIssue[] = [];
      const query = inRange(wire.buckets.issue, issuedIn, isMeasurement('issue'), isField('doc'));
      await wire.query(
        query + last + keep('_time', '_value', ...TARGET),
        (cells) => {
          const key = keyOf(cells);
          const resource = resourceOf(cells);
          const issue =
            resource === undefined
              ? undefined
              : parseIssue(
                  { key, resource, issuedAt: timeOf(cells) },
                  readDocument(cells('_value')),
                );
          if (issue !== undefined) issues.push(issue);
          else log.warn({ component: idOf(key) }, 'a forecast is damaged and left out');
        },
        signal,
      );
      return issues;
    },

    async writeScores(scores: readonly Score[], signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      await wire.write('eval', scores.map(checkedScore).map(scoreLine), signal);
    },

    /** @param keys everybody's unless named. */
    async readScores(
      window: Window,
      signal: AbortSignal,
      keys?: readonly ComponentKey[],
    ): Promise<Score[]> {
      if (isEmpty(checkedWindow(window))) return [];
      const tags = [...TARGET, 'lead', 'model'];
      const points = gatheredPoints(tags);
      for (const condition of keys === undefined ? [undefined] : conditionsOf(keys)) {
        const wanted = condition === undefined ? [] : [condition];
        const query = inRange(wire.buckets.eval, window, isMeasurement('score'), ...wanted);
        await wire.query(query + keep('_time', '_value', '_field', ...tags), points.add, signal);
      }
      return points.each(toScore);
    },
  };
}

/** @yields a point per step, a field per level: for charts. Made as they are sent, for they are many. */
function* widePoints(forecasts: readonly IssuedFor[]): Generator<string> {
  for (const { key, resource, issued } of forecasts) {
    const { forecast, issuedAt, model } = issued;
    const start = series('forecast', target(key, resource));
    const issue = { issued_at: integer(Math.floor(issuedAt / MS_A_SECOND)), model: text(model) };
    const names = forecast.levels.map(fieldOf);
    const steps = forecast.values[0]?.length ?? 0;
    for (let step = 0; step < steps; step += 1) {
      const values = names.map((name, level) => [name, float(forecast.values[level]?.[step] ?? 0)]);
      const fields: Record<string, string> = { ...issue, ...Object.fromEntries(values) };
      yield line(start, fields, epochMs(forecast.start + step * forecast.step));
    }
  }
}

const target = (key: ComponentKey, resource: string): Readonly<Record<string, string>> => ({
  component: key.component,
  namespace: key.namespace,
  resource,
});

const issueLine = (issue: PackedIssue): string =>
  line(
    series('issue', target(issue.key, issue.resource)),
    { doc: document(issueDocument(issue)) },
    issue.issuedAt,
  );
