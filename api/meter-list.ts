const FROM_A_MILLISECOND = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];
/** For what has many labels: a series each. */
const ROUGHLY = [0.01, 0.1, 1];
const MORE_ROUGHLY = [0.1, 1];
const UP_TO_A_MINUTE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const UP_TO_AN_HOUR = [1, 5, 15, 60, 300, 900, 3600];

export type Meter = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
};

/** Every metric there is, without the prefix. No label holds the name of a workload. */
export const METERS = {
  build_info: { kind: 'gauge', help: 'What runs here.', labels: ['version', 'node', 'role'] },
  leader: { kind: 'gauge', help: '1 while this process leads.', labels: ['lease'] },
  leader_changes_total: {
    kind: 'counter',
    help: 'Times that this process came to lead.',
    labels: ['lease'],
  },
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
  store_requests_total: {
    kind: 'counter',
    help: 'Requests of the store, by how they ended: done, refused, unavailable, failed.',
    labels: ['op', 'result'],
  },
  store_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long a request of the store takes.',
    labels: ['op'],
    buckets: ROUGHLY,
  },
  store_points_written_total: {
    kind: 'counter',
    help: 'Points that the store has taken.',
    labels: ['bucket'],
  },
  store_points_dropped_total: {
    kind: 'counter',
    help: 'Points that are lost, and why.',
    labels: ['reason'],
  },
  spill_bytes: { kind: 'gauge', help: 'Waiting on disk for the store.' },
  spill_age_seconds: { kind: 'gauge', help: 'Since when something waits on disk; 0 = nothing.' },
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
  hpa_writes_total: {
    kind: 'counter',
    help: 'Writes of HPAs: created, changed, removed or failed.',
    labels: ['result'],
  },
  hpas_at_ceiling: {
    kind: 'gauge',
    help: 'HPAs of ours that want the most replicas they may have.',
  },
  hpa_conflicts: {
    kind: 'gauge',
    help: 'Managed components that another HPA scales already.',
  },
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
    buckets: MORE_ROUGHLY,
  },
  reviews_total: {
    kind: 'counter',
    help: 'Access reviews asked of Kubernetes: of a token or of a right, allowed, denied or failed.',
    labels: ['kind', 'result'],
  },
  review_duration_seconds: {
    kind: 'histogram',
    help: 'How long an access review takes.',
    labels: ['kind'],
    buckets: FROM_A_MILLISECOND,
  },
} as const satisfies Record<string, Meter>;
