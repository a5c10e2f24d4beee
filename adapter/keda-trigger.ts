import { refusal } from '../domain/errors.ts';
import { labelValueDefects } from '../domain/label-syntax.ts';
import { parseQuantity } from '../domain/quantity.ts';
import type { MetricName } from './metric-name.ts';

/** What the metadata of a trigger asks for. */
export type Trigger = {
  readonly metric: MetricName;
  readonly component: string;
  /** The question in the words of the metrics API, so that both answer alike. */
  readonly selector: string;
  /** A forecast of zero, while it is fresh, may scale the workload to zero. */
  readonly scaleToZero: boolean;
};

/** As KEDA hands it on: its own keys stand among ours. */
export type TriggerMetadata = Readonly<Record<string, string>>;

const METRIC_OF = new Map<string, MetricName>([
  ['cpu', 'predicted-cpu'],
  ['memory', 'predicted-memory'],
]);
/** Conditions and overrides that a selector knows under the same names. */
const SELECTED = ['kind', 'lead', 'quantile'] as const;
const OURS = ['component', 'resource', 'target', 'scaleToZero', 'revision', ...SELECTED];
const KEDAS = [
  'scalerAddress',
  'enableTLS',
  'unsafeSsl',
  'caCert',
  'tlsClientCert',
  'tlsClientKey',
];
const KNOWN = new Set([...OURS, ...KEDAS]);
/** `passwordFromEnv` and the like are KEDA's way to hand on variables. */
const FROM_ENVIRONMENT = 'FromEnv';

/**
 * Reads the metadata of a trigger: `component` and `target` are required.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID`, naming the key.
 */
export function parseTrigger(metadata: TriggerMetadata): Trigger {
  const stranger = Object.keys(metadata).find(
    (key) => !KNOWN.has(key) && !key.endsWith(FROM_ENVIRONMENT),
  );
  if (stranger !== undefined) {
    throw refusal('REQUEST_INVALID', `unknown key "${stranger}"; there are: ${OURS.join(', ')}`);
  }
  if (targetOf(metadata) === undefined) {
    throw refusal('REQUEST_INVALID', 'target must be a quantity above 0, such as 375m or 409Mi');
  }
  const component = metadata['component'] ?? '';
  if (component === '') throw refusal('REQUEST_INVALID', 'component must name the workload');
  const { scaleToZero = 'false' } = metadata;
  if (scaleToZero !== 'true' && scaleToZero !== 'false') {
    throw refusal('REQUEST_INVALID', 'scaleToZero must be "true" or "false"');
  }
  return {
    metric: metricOf(metadata),
    component,
    selector: ['component', ...SELECTED].flatMap((key) => condition(key, metadata[key])).join(','),
    scaleToZero: scaleToZero === 'true',
  };
}

/** The metric of the trigger; an unknown resource is `predicted-cpu` until `parseTrigger` refuses it. */
export const metricNameOf = ({ resource = 'cpu' }: TriggerMetadata): MetricName =>
  METRIC_OF.get(resource) ?? 'predicted-cpu';

/** What one pod carries; `undefined` when there is no such number. */
export function targetOf({ target = '' }: TriggerMetadata): number | undefined {
  const parsed = parseQuantity(target);
  return parsed !== undefined && parsed > 0 ? parsed : undefined;
}

function metricOf({ resource = 'cpu' }: TriggerMetadata): MetricName {
  const metric = METRIC_OF.get(resource);
  if (metric !== undefined) return metric;
  throw refusal('REQUEST_INVALID', 'resource must be cpu or memory');
}

/** No value may smuggle in a condition of its own. */
function condition(key: string, value: string | undefined): string[] {
  if (value === undefined || value === '') return [];
  if (labelValueDefects(value).length > 0) {
    throw refusal('REQUEST_INVALID', `${key} is no value of a label`);
  }
  return [`${key}=${value}`];
}
