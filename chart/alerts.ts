export type Alert = {
  /** After the prefix `SelfScaling`. */
  readonly name: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly expr: string;
  /** How long it must hold. */
  readonly after: string;
  readonly summary: string;
  readonly description: string;
};

const RUNBOOK = 'https://github.com/self-scaling/self-scaling/blob/main/docs/RUNBOOK.md';

/** What somebody should be told, by how soon they should look. Each has an entry in docs/RUNBOOK.md. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'ApiServiceTaken',
    severity: 'critical',
    expr: 'max(self_scaling_api_service_owned) == 0',
    after: '5m',
    summary: 'The external metrics API is not ours any more.',
    description: 'Somebody else owns v1beta1.external.metrics.k8s.io; HPAs do not see forecasts.',
  },
  {
    name: 'AdapterDown',
    severity: 'critical',
    expr: 'absent(self_scaling_build_info{role=~"adapter|all"} == 1)',
    after: '5m',
    summary: 'No adapter is up.',
    description:
      'HPAs get no forecasts, and deletions of namespaces hang while the APIService is not available.',
  },
  {
    name: 'NoLeader',
    severity: 'critical',
    expr: 'sum(self_scaling_leader) < 1',
    after: '5m',
    summary: 'No controller leads.',
    description: 'Nothing is collected and no HPA is written.',
  },
  {
    name: 'CertificateExpires',
    severity: 'critical',
    expr: 'min by (certificate) (self_scaling_certificate_expiry_timestamp_seconds) - time() < 14 * 86400',
    after: '1h',
    summary: 'Certificate {{ $labels.certificate }} ends within 14 days.',
    description:
      'It should have been renewed 30 days before its end; the metrics API fails when it has ended.',
  },
  {
    name: 'ForecastsStale',
    severity: 'warning',
    expr: 'sum(self_scaling_forecasts{reading="stale"}) / sum(self_scaling_forecasts) > 0.1',
    after: '30m',
    summary: '{{ $value | humanizePercentage }} of the forecasts are stale.',
    description: 'Their HPAs act on usage alone.',
  },
  {
    name: 'CollectorStalled',
    severity: 'warning',
    expr: 'max(self_scaling_collect_age_seconds) > 600',
    after: '5m',
    summary: 'No usage was collected for {{ $value | humanizeDuration }}.',
    description: 'History has a gap from then on.',
  },
  {
    name: 'StoreUnavailable',
    severity: 'warning',
    expr: 'sum(rate(self_scaling_store_requests_total{result="unavailable"}[10m])) / sum(rate(self_scaling_store_requests_total[10m])) > 0.5',
    after: '10m',
    summary: 'The store does not answer {{ $value | humanizePercentage }} of the requests.',
    description:
      'Forecasts in memory are served on for the hold time (6 h), then metrics are refused.',
  },
  {
    name: 'SpillGrowing',
    severity: 'warning',
    expr: 'max(self_scaling_spill_age_seconds) > 3600',
    after: '10m',
    summary: 'Writes have waited on disk for {{ $value | humanizeDuration }}.',
    description: 'The store takes no writes; when the limit is reached history is lost.',
  },
  {
    name: 'PointsDropped',
    severity: 'warning',
    expr: 'sum by (reason) (increase(self_scaling_store_points_dropped_total[15m])) > 0',
    after: '1m',
    summary: 'Points were lost: {{ $labels.reason }}.',
    description: 'History has a gap from then on; the log names what was lost.',
  },
  {
    name: 'TrainingFailed',
    severity: 'warning',
    expr: 'sum(increase(self_scaling_training_runs_total{result="done"}[2h])) == 0',
    after: '1h',
    summary: 'No training run has ended well for hours.',
    description: 'Forecasts age; they are refused when they are older than the hold time.',
  },
  {
    name: 'MetricErrors',
    severity: 'warning',
    expr: 'sum(rate(self_scaling_external_metrics_requests_total{code=~"5.."}[10m])) / sum(rate(self_scaling_external_metrics_requests_total[10m])) > 0.05',
    after: '10m',
    summary: '{{ $value | humanizePercentage }} of the metric requests are refused.',
    description: 'HPAs of the components asked for act on usage alone.',
  },
  {
    name: 'MetricSlow',
    severity: 'warning',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(self_scaling_external_metrics_request_duration_seconds_bucket[10m]))) > 0.25',
    after: '10m',
    summary: '1 % of the metric requests take longer than {{ $value | humanizeDuration }}.',
    description: 'Slow answers delay every HPA of the cluster.',
  },
  {
    name: 'CeilingReached',
    severity: 'warning',
    expr: 'max(self_scaling_hpas_at_ceiling) > 0',
    after: '45m',
    summary: '{{ $value }} HPAs want the most replicas they may have.',
    description: 'More is needed, or about to be, than max-replicas lets them have.',
  },
  {
    name: 'CoverageLow',
    severity: 'warning',
    expr: 'min(self_scaling_forecast_below_ratio{level="0.9"}) < 0.8',
    after: '6h',
    summary: 'Only {{ $value | humanizePercentage }} of the truths are below the 90 % level.',
    description: 'Forecasts are too low; pods may be too few.',
  },
  {
    name: 'HpaConflict',
    severity: 'info',
    expr: 'max(self_scaling_hpa_conflicts) > 0',
    after: '1h',
    summary: '{{ $value }} managed components have an HPA of somebody else.',
    description: 'They are left alone; REST names them.',
  },
];

/** The rules as Prometheus reads them. */
export const ruleGroups = () => ({
  groups: [
    {
      name: 'self-scaling',
      rules: ALERTS.map(({ name, severity, expr, after, summary, description }) => ({
        alert: `SelfScaling${name}`,
        expr,
        for: after,
        labels: { severity },
        annotations: {
          summary,
          description,
          runbook_url: `${RUNBOOK}#${name.toLowerCase()}`,
        },
      })),
    },
  ],
});
