import type { MetricValue } from '../domain/metric.ts';
import type { EpochMs } from '../domain/units.ts';
import { json, statusAnswer, type Answer } from './answer.ts';
import { GROUP_VERSION, LIST_KIND } from './group.ts';
import type { Route } from './routes.ts';

/**
 * Knows what the metrics are. Answers at once, from memory; a refusal is thrown, and its message must
 * not change from call to call, since the HPA makes an Event of each new text.
 *
 * An array that was given is not changed any more: given again, it is sent as it was sent before.
 */
export interface ExternalMetricsProvider {
  answer(
    namespace: string,
    metricName: string,
    labelSelector: string,
    now: EpochMs,
  ): readonly MetricValue[];
}

/** Answers `…/namespaces/<namespace>/<metric>?labelSelector=…`; a body is made once for each reading. */
export function metricAnswers(provider: ExternalMetricsProvider) {
  const sent = new WeakMap<readonly MetricValue[], Answer>();
  return (
    { namespace, metric, options }: Extract<Route, { kind: 'metric' }>,
    now: EpochMs,
    pretty: boolean,
  ): Answer => {
    if (!options.ok) return statusAnswer(options.status, pretty);
    const items = provider.answer(namespace, metric, options.labelSelector, now);
    const known = pretty ? undefined : sent.get(items);
    if (known !== undefined) return known;
    const list = { kind: LIST_KIND, apiVersion: GROUP_VERSION, metadata: {}, items };
    const answer = json(200, list, pretty);
    if (!pretty) sent.set(items, answer);
    return answer;
  };
}
