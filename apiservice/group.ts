export const GROUP = 'external.metrics.k8s.io';
export const VERSION = 'v1beta1';
export const GROUP_VERSION = `${GROUP}/${VERSION}`;
export const GROUP_PATH = `/apis/${GROUP}`;
/** Everything that Kubernetes asks us for lies below this path. */
export const VERSION_PATH = `/apis/${GROUP_VERSION}`;
/** One resource for all metrics: a list of them would be downloaded by every kubectl. */
export const RESOURCE = 'externalmetrics';
export const LIST_KIND = 'ExternalMetricValueList';
