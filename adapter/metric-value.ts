import { forecastMissing, forecastStale, refusal } from '../domain/errors.ts';
import type { MetricValue } from '../domain/metric.ts';
import { toQuantity } from '../domain/quantity.ts';
import type { Reading } from '../domain/reading.ts';
import { toRfc3339 } from '../domain/units.ts';

export type Predicted = Extract<Reading, { kind: 'predicted' }>;

const SECOND = 1000;
/** `0.9` is printed `0.90`; a level that needs more digits has them. */
const LEVEL_DIGITS = 2;

/**
 * The forecast in a reading; nothing else is ever made a number. On an error the HPA leaves the metric
 * out and does not scale down; on a 0 it would scale to the minimum.
 *
 * @throws {SelfScalingError} `FORECAST_MISSING`, `FORECAST_STALE`, `MODEL_FAILING`.
 */
export function predictedIn(reading: Reading, component: string): Predicted {
  switch (reading.kind) {
    case 'predicted':
      if (Number.isFinite(reading.value)) return reading;
      throw modelFailing(component);
    case 'failing':
      throw modelFailing(component);
    case 'stale':
      throw forecastStale(component, `issued ${toRfc3339(reading.issuedAt)}`);
    case 'observed':
    case 'unknown':
      throw forecastMissing(component);
    default:
      return reading satisfies never;
  }
}

const modelFailing = (component: string) =>
  refusal('MODEL_FAILING', `the model for component "${component}" is failing`, {
    details: { component },
  });

/**
 * What the HPA is told: the value rounded up to milli-units, with the moment of issue.
 *
 * @param kind of the workload; the label is left out where nobody has told it.
 */
export function toMetricValue(
  metricName: string,
  component: string,
  kind: string | undefined,
  { value, issuedAt, model, level, leadTime }: Predicted,
): MetricValue {
  const window = Math.round(leadTime / SECOND);
  const quantile = level.toFixed(LEVEL_DIGITS);
  return {
    metricName,
    metricLabels: {
      component,
      ...(kind === undefined ? {} : { kind }),
      lead: `${window}s`,
      model,
      quantile: Number(quantile) === level ? quantile : String(level),
    },
    timestamp: toRfc3339(issuedAt),
    window,
    value: toQuantity(Math.max(0, value)),
  };
}
