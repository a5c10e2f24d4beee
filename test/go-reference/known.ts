import { METRIC_NAMES } from '../../adapter/metric-name.ts';
import { externalMetrics } from '../../adapter/provider.ts';
import { toStatus } from '../../apiservice/status.ts';
import { isRefusal } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/units.ts';
import { snapshotOf } from '../metrics-api/snapshot.ts';

/** What the Go server knows of one component: a value, a Status of Kubernetes, or an error without one. */
type Known = {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: object;
  readonly status?: object;
  readonly error?: string;
};

/** By metric, and by component. */
export type Fixture = Readonly<Record<string, Readonly<Record<string, readonly Known[]>>>>;

const SELECTORS = [
  { component: 'cart' },
  { component: 'old' },
  { component: 'bad' },
  { component: 'twin', kind: 'Deployment' },
  { component: 'twin', kind: 'StatefulSet' },
];

/** The fixture of the wire's table as the Go server reads it: what ours answers, in words of data. */
export function knownAt(moment: EpochMs): Fixture {
  const ours = externalMetrics({ current: () => snapshotOf(moment) });
  const known = (metric: string, labels: Readonly<Record<string, string>>): Known[] => {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const about = { namespace: 'shop', labels };
    try {
      const [value] = ours.answer('shop', metric, selector.join(','), moment);
      return value === undefined ? [] : [{ ...about, labels: value.metricLabels, value }];
    } catch (error) {
      if (isRefusal(error, 'MODEL_FAILING')) return [{ ...about, error: error.message }];
      const { code } = toStatus(error, metric);
      return code === 404 ? [] : [{ ...about, status: toStatus(error, metric) }];
    }
  };
  const byComponent = (metric: string): Readonly<Record<string, readonly Known[]>> => {
    const all = SELECTORS.flatMap((labels) => known(metric, labels));
    const grouped = Map.groupBy(all, ({ labels }) => labels['component'] ?? '');
    return Object.fromEntries(grouped);
  };
  return Object.fromEntries(METRIC_NAMES.map((metric) => [metric, byComponent(metric)]));
}
