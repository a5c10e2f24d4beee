import { refusal } from '../domain/errors.ts';

export const METRIC_NAMES = ['predicted-cpu', 'predicted-memory', 'predicted-replicas'] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/**
 * The metric that is asked for; Kubernetes' client lower-cases names, so case does not count.
 *
 * @throws {SelfScalingError} `METRIC_NOT_FOUND`, listing the names there are.
 */
export function parseMetricName(text: string): MetricName {
  const wanted = text.toLowerCase();
  const found = METRIC_NAMES.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw refusal(
    'METRIC_NOT_FOUND',
    `no metric "${text}" here; there are: ${METRIC_NAMES.join(', ')}`,
  );
}
