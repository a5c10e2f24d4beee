/** What Prometheus sees, a value a minute (its notation: start, step and count), when an alert fires and when it must not. */
export type AlertCase = {
  readonly at: string;
  readonly fires: Readonly<Record<string, string>>;
  readonly silent: Readonly<Record<string, string>>;
};

const always = (value: string): string => `${value}x600`;

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  ApiServiceTaken: {
    at: '10m',
    fires: { self_scaling_api_service_owned: always('0+0') },
    silent: { self_scaling_api_service_owned: always('1+0') },
  },
  AdapterDown: {
    at: '10m',
    fires: { 'self_scaling_build_info{role="controller"}': always('1+0') },
    silent: { 'self_scaling_build_info{role="adapter"}': always('1+0') },
  },
  NoLeader: {
    at: '10m',
    fires: {
      'self_scaling_leader{pod="a"}': always('0+0'),
      'self_scaling_leader{pod="b"}': always('0+0'),
    },
    silent: {
      'self_scaling_leader{pod="a"}': always('1+0'),
      'self_scaling_leader{pod="b"}': always('0+0'),
    },
  },
  CertificateExpires: {
    at: '2h',
    fires: {
      'self_scaling_certificate_expiry_timestamp_seconds{certificate="adapter"}':
        always('864000+0'),
    },
    silent: {
      'self_scaling_certificate_expiry_timestamp_seconds{certificate="adapter"}':
        always('2592000+0'),
    },
  },
  ForecastsStale: {
    at: '1h',
    fires: {
      'self_scaling_forecasts{reading="stale"}': always('2+0'),
      'self_scaling_forecasts{reading="fresh"}': always('8+0'),
    },
    silent: {
      'self_scaling_forecasts{reading="stale"}': always('1+0'),
      'self_scaling_forecasts{reading="fresh"}': always('9+0'),
    },
  },
  CollectorStalled: {
    at: '20m',
    fires: { self_scaling_collect_age_seconds: always('700+60') },
    silent: { self_scaling_collect_age_seconds: always('60+0') },
  },
  StoreUnavailable: {
    at: '30m',
    fires: {
      'self_scaling_store_requests_total{op="readFuture",result="unavailable"}': always('0+6'),
      'self_scaling_store_requests_total{op="readFuture",result="done"}': always('0+4'),
    },
    silent: {
      'self_scaling_store_requests_total{op="readFuture",result="unavailable"}': always('0+4'),
      'self_scaling_store_requests_total{op="readFuture",result="done"}': always('0+6'),
    },
  },
  SpillGrowing: {
    at: '2h',
    fires: { self_scaling_spill_age_seconds: always('0+60') },
    silent: { self_scaling_spill_age_seconds: '0+60x59 0+0x540' },
  },
  PointsDropped: {
    at: '20m',
    fires: {
      'self_scaling_store_points_dropped_total{reason="refused"}': '0+0x15 3+0x600',
      'self_scaling_store_points_dropped_total{reason="overdue"}': always('0+0'),
    },
    silent: { 'self_scaling_store_points_dropped_total{reason="refused"}': always('3+0') },
  },
  TrainingFailed: {
    at: '4h',
    fires: { 'self_scaling_training_runs_total{result="done"}': always('7+0') },
    silent: { 'self_scaling_training_runs_total{result="done"}': always('7+0.1') },
  },
  MetricErrors: {
    at: '30m',
    fires: {
      'self_scaling_external_metrics_requests_total{code="503"}': always('0+10'),
      'self_scaling_external_metrics_requests_total{code="200"}': always('0+90'),
    },
    silent: {
      'self_scaling_external_metrics_requests_total{code="404"}': always('0+10'),
      'self_scaling_external_metrics_requests_total{code="200"}': always('0+90'),
    },
  },
  MetricSlow: {
    at: '30m',
    fires: {
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="0.25"}': always('0+90'),
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="1"}': always('0+100'),
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="+Inf"}': always('0+100'),
    },
    silent: {
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="0.25"}': always('0+100'),
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="1"}': always('0+100'),
      'self_scaling_external_metrics_request_duration_seconds_bucket{le="+Inf"}': always('0+100'),
    },
  },
  CeilingReached: {
    at: '1h',
    fires: { self_scaling_hpas_at_ceiling: always('2+0') },
    silent: { self_scaling_hpas_at_ceiling: '2+0x40 0+0x560' },
  },
  CoverageLow: {
    at: '8h',
    fires: { 'self_scaling_forecast_below_ratio{level="0.9"}': always('0.7+0') },
    silent: { 'self_scaling_forecast_below_ratio{level="0.9"}': always('0.85+0') },
  },
  HpaConflict: {
    at: '2h',
    fires: { self_scaling_hpa_conflicts: always('1+0') },
    silent: { self_scaling_hpa_conflicts: always('0+0') },
  },
};
