import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const FROM_A_MILLISECOND = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];
const UP_TO_A_MINUTE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const UP_TO_AN_HOUR = [1, 5, 15, 60, 300, 900, 3600];

type Meter = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
};

/** Every metric there is, without the prefix. No label holds the name of a workload. */
const METERS = {
  build_info: { kind: 'gauge', help: 'What runs here.', labels: ['version', 'node', 'role'] },
  leader: { kind: 'gauge', help: '1 while this process leads.', labels: ['lease'] },
  certificate_expiry_timestamp_seconds: {
    kind: 'gauge',
    help: 'When a certificate ends.',
    labels: ['certificate'],
  },
  components: { kind: 'gauge', help: 'Components known.', labels: ['managed'] },
  collect_rounds_total: { kind: 'counter', help: 'Rounds of sampling.', labels: ['result'] },
  collect_duration_seconds: {
    kind: 'histogram',
    help: 'How long a round of sampling takes.',
    buckets: UP_TO_A_MINUTE,
  },
  collect_age_seconds: { kind: 'gauge', help: 'Age of the last samples.' },
  buckets_closed_total: { kind: 'counter', help: 'Buckets of history closed.' },
  pods_missing: { kind: 'gauge', help: 'Pods that run but were not reported, last round.' },
  spill_bytes: { kind: 'gauge', help: 'Waiting on disk for the store.' },
  training_runs_total: {
    kind: 'counter',
    help: 'Training runs ended.',
    labels: ['trigger', 'result'],
  },
  training_run_duration_seconds: {
    kind: 'histogram',
    help: 'How long a training run takes.',
    labels: ['trigger'],
    buckets: UP_TO_AN_HOUR,
  },
  training_components_total: {
    kind: 'counter',
    help: 'Components that training came to.',
    labels: ['result'],
  },
  training_cpu_seconds_total: { kind: 'counter', help: 'CPU time that training took.' },
  training_energy_joules_total: { kind: 'counter', help: 'Energy that training took.' },
  forecasts: { kind: 'gauge', help: 'Readings by kind.', labels: ['reading'] },
  forecast_age_seconds: {
    kind: 'gauge',
    help: 'Age of the forecasts in force of managed components.',
    labels: ['quantile'],
  },
  forecast_skill_ratio: {
    kind: 'gauge',
    help: 'Skill of issued forecasts against the naive rule over 7 days, of managed components.',
    labels: ['quantile'],
  },
  forecast_worse_ratio: {
    kind: 'gauge',
    help: 'Share of managed series whose forecasts did worse than the naive rule.',
    labels: ['window'],
  },
  forecast_coverage_ratio: {
    kind: 'gauge',
    help: 'Share of truths within the central band of that level, over 7 days.',
    labels: ['level'],
  },
  forecast_below_ratio: {
    kind: 'gauge',
    help: 'Share of truths up to the forecast of that level, over 7 days.',
    labels: ['level'],
  },
  snapshot_age_seconds: { kind: 'gauge', help: 'Age of the snapshot.' },
  snapshot_refresh_failures_total: { kind: 'counter', help: 'Snapshots that were not renewed.' },
  external_metrics_requests_total: {
    kind: 'counter',
    help: 'Requests for external metrics.',
    labels: ['code', 'metric'],
  },
  external_metrics_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long an answer of the metrics API takes.',
    buckets: FROM_A_MILLISECOND,
  },
  external_metrics_passed_through_total: {
    kind: 'counter',
    help: 'Requests that the upstream metrics API answered, or should have.',
    labels: ['code'],
  },
  keda_requests_total: {
    kind: 'counter',
    help: 'Calls of KEDA, by gRPC status.',
    labels: ['method', 'code'],
  },
  api_service_owned: { kind: 'gauge', help: '1 while the APIService is ours.' },
  hpa_writes_total: { kind: 'counter', help: 'HPAs written.', labels: ['result'] },
  hpa_conflicts: { kind: 'gauge', help: 'Managed components whose HPA is not ours.' },
  decisions_total: { kind: 'counter', help: 'Decisions recorded.', labels: ['kind'] },
  rest_requests_total: {
    kind: 'counter',
    help: 'Requests of the management API.',
    labels: ['route', 'method', 'code'],
  },
  rest_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long an answer of the management API takes.',
    labels: ['route'],
    buckets: UP_TO_A_MINUTE,
  },
} as const satisfies Record<string, Meter>;

type NameOf<Kind extends Meter['kind']> = {
  [Name in keyof typeof METERS]: (typeof METERS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof METERS];
type Labels = Readonly<Record<string, string | number>>;

/** What a process tells Prometheus. One per process, made by the hall. */
export interface Meters {
  count(name: NameOf<'counter'>, labels?: Labels, by?: number): void;
  set(name: NameOf<'gauge'>, value: number, labels?: Labels): void;
  observe(name: NameOf<'histogram'>, value: number, labels?: Labels): void;
  /** Called before each scrape: for ages, which change by themselves. */
  onScrape(measure: () => void): void;
  /** The exposition, and its content type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>;
}

const PREFIX = 'self_scaling_';

export function createMeters(): Meters {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const all: Readonly<Record<string, Meter>> = METERS;
  for (const [name, { kind, help, labels = [], buckets = [] }] of Object.entries(all)) {
    const common = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'counter') counters.set(name, new Counter(common));
    if (kind === 'gauge') gauges.set(name, new Gauge(common));
    if (kind === 'histogram') {
      histograms.set(name, new Histogram({ ...common, buckets: [...buckets] }));
    }
  }
  const measures: (() => void)[] = [];
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, value, labels = {}) => histograms.get(name)?.observe(labels, value),
    onScrape: (measure) => measures.push(measure),
    async expose() {
      for (const measure of measures) measure();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
