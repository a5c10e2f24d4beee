import { isRefusal, refusal } from '../domain/errors.ts';
import type { MetricValue } from '../domain/metric.ts';
import { parseQuantity } from '../domain/quantity.ts';
import type { EpochMs } from '../domain/units.ts';
import { metricNameOf, parseTrigger, targetOf, type TriggerMetadata } from './keda-trigger.ts';

/** Whoever knows the forecasts, in the words of the metrics API; refuses what is no fresh forecast. */
export interface ForecastProvider {
  answer(
    namespace: string,
    metricName: string,
    labelSelector: string,
    now: EpochMs,
  ): readonly MetricValue[];
}

/** The trigger of a ScaledObject. */
export type TriggerRef = {
  readonly namespace: string;
  readonly scalerMetadata: TriggerMetadata;
};

/** A number as KEDA wants it: exact, and as the next whole one for clients of old. */
export type Number64 = { readonly exact: number; readonly whole: number };

/** Stands in for a target that is none; `GetMetrics` refuses, so it never counts. */
const NO_TARGET = 1;

const twice = (value: number): Number64 => ({
  exact: value,
  whole: Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(value)),
});

/**
 * What each call of KEDA is answered with, from memory.
 *
 * Where KEDA gets no specification it drops the metric from its HPA and leaves it out, so that is given
 * for any trigger, known or not. Where it is told 0, or that nothing is active, it scales in, so what is
 * not a fresh forecast is refused, and counts as active.
 */
export function kedaAnswers(provider: ForecastProvider, now: () => EpochMs) {
  const valueOf = ({ namespace, scalerMetadata }: TriggerRef): number => {
    const { metric, selector, component } = parseTrigger(scalerMetadata);
    const [value] = provider.answer(namespace, metric, selector, now());
    const number = value === undefined ? undefined : parseQuantity(value.value);
    if (number !== undefined) return number;
    throw refusal('MODEL_FAILING', `the model for component "${component}" is failing`);
  };
  return {
    metricSpec: ({ scalerMetadata }: TriggerRef): { name: string; target: Number64 } => ({
      name: metricNameOf(scalerMetadata),
      target: twice(targetOf(scalerMetadata) ?? NO_TARGET),
    }),
    /** @throws {SelfScalingError} when there is no fresh forecast, or the trigger is wrong. */
    metric(ref: TriggerRef, asked: string): { name: string; value: Number64 } {
      const name = metricNameOf(ref.scalerMetadata);
      if (asked.toLowerCase() !== name) {
        throw refusal('METRIC_NOT_FOUND', `this trigger has the metric ${name}, not "${asked}"`);
      }
      return { name: asked, value: twice(valueOf(ref)) };
    },
    /** False only when a fresh forecast says 0 and the trigger allows for that. */
    isActive(ref: TriggerRef): boolean {
      try {
        return !(parseTrigger(ref.scalerMetadata).scaleToZero && valueOf(ref) === 0);
      } catch (error) {
        if (isRefusal(error)) return true;
        throw error;
      }
    },
  };
}
