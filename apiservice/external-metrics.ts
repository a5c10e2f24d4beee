import type { MetricValue } from '../domain/metric.ts';
import { epochMs, parseRfc3339, type DurationMs, type EpochMs } from '../domain/units.ts';
import type { Media } from './accept.ts';
import type { Answer } from './answer.ts';
import { inTime } from './deadline.ts';
import { encoded, statusAnswer, type Form } from './encode.ts';
import { GROUP_VERSION, LIST_KIND } from './group.ts';
import type { Route } from './routes.ts';
import { timedOut } from './status.ts';

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

/** One that may have to wait for somebody else; it is given a second. */
export interface SlowMetricsProvider {
  answer(
    ...asked: Parameters<ExternalMetricsProvider['answer']>
  ): readonly MetricValue[] | Promise<readonly MetricValue[]>;
}

/** What was sent for a reading, in each encoding that was asked for. */
type Sent = { readonly issuedAt: EpochMs; readonly answers: Map<Media, Answer> };

type Rules = {
  /** Told when each value that is sent was issued. */
  readonly served: (issuedAt: EpochMs) => void;
  /** How long a provider may take that does not answer at once; then it is 504. */
  readonly answerLimit: DurationMs;
};

/** Answers `…/namespaces/<namespace>/<metric>?labelSelector=…`; a body is made once for each reading. */
export function metricAnswers(provider: SlowMetricsProvider, { served, answerLimit }: Rules) {
  const sent = new WeakMap<readonly MetricValue[], Sent>();
  const sentFor = (items: readonly MetricValue[]): Sent => {
    const known = sent.get(items);
    if (known !== undefined) return known;
    const issuedAt = parseRfc3339(items[0]?.timestamp ?? '') ?? epochMs(0);
    const made = { issuedAt, answers: new Map<Media, Answer>() };
    sent.set(items, made);
    return made;
  };
  const answerOf = (items: readonly MetricValue[], form: Form): Answer => {
    const { issuedAt, answers } = sentFor(items);
    if (items.length > 0) served(issuedAt);
    const known = form.pretty ? undefined : answers.get(form.media);
    if (known !== undefined) return known;
    const list = { kind: LIST_KIND, apiVersion: GROUP_VERSION, metadata: {}, items } as const;
    const answer = encoded(200, list, form);
    if (!form.pretty) answers.set(form.media, answer);
    return answer;
  };
  return (
    { namespace, metric, options }: Extract<Route, { kind: 'metric' }>,
    now: EpochMs,
    form: Form,
  ): Answer | Promise<Answer> => {
    if (!options.ok) return statusAnswer(options.status, form);
    const items = provider.answer(namespace, metric, options.labelSelector, now);
    if (!(items instanceof Promise)) return answerOf(items, form);
    const answer = items.then((given) => answerOf(given, form));
    return inTime(answer, answerLimit, () => statusAnswer(timedOut(), form));
  };
}
