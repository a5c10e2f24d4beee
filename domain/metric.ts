/** One item of an ExternalMetricValueList; the HPA adds items up, so there is never a second. */
export type MetricValue = {
  readonly metricName: string;
  /** Keys sorted; values fit Kubernetes labels. */
  readonly metricLabels: Readonly<Record<string, string>>;
  /** When the forecast was issued, RFC 3339, whole seconds; not the instant it speaks about. */
  readonly timestamp: string;
  /** Lead time, seconds. */
  readonly window: number;
  /** A quantity, such as `1235m`; never negative. */
  readonly value: string;
};
