/** Every way this program can refuse, and nothing else. One code = one meaning; `docs/ERRORS.md` lists them. */
export const ERROR_CODES = [
  'RATE_LIMITED',
  'REQUEST_INVALID',
  'SELECTOR_AMBIGUOUS',
  'LIMIT_EXCEEDED',
  'CONFIG_INVALID',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'COMPONENT_NOT_FOUND',
  'RUN_NOT_FOUND',
  'METRIC_NOT_FOUND',
  'FORECAST_MISSING',
  'HISTORY_TOO_SHORT',
  'COMPONENT_AMBIGUOUS',
  'HPA_NOT_OURS',
  'API_SERVICE_TAKEN',
  'FORECAST_STALE',
  'MODEL_FAILING',
  'STORE_UNAVAILABLE',
  'KUBE_UNAVAILABLE',
  'KUBE_CONFLICT',
  'REVIEW_FAILED',
  'TRAINING_FAILED',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

type Options = { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> };

/** Messages state what is wrong and what is needed; `details` carry the numbers for logs and JSON. */
export class SelfScalingError extends Error {
  override readonly name = 'SelfScalingError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: Options = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A refusal with its code; `details` are shown to the caller, `cause` only to the log. */
export const refusal = (
  code: ErrorCode,
  message: string,
  options: Options = {},
): SelfScalingError => new SelfScalingError(code, message, options);

export const isRefusal = (error: unknown, code?: ErrorCode): error is SelfScalingError =>
  error instanceof SelfScalingError && (code === undefined || error.code === code);

export const historyTooShort = (have: number, need: number): SelfScalingError =>
  refusal('HISTORY_TOO_SHORT', `have ${have} buckets, need at least ${need} to fit`, {
    details: { have, need },
  });

export const componentNotFound = (name: string): SelfScalingError =>
  refusal('COMPONENT_NOT_FOUND', `no component named "${name}"`, { details: { name } });

/* On the metric path a message is constant per component: the HPA makes an Event of each new text. */

export const forecastMissing = (component: string): SelfScalingError =>
  refusal('FORECAST_MISSING', `no forecast for component "${component}" yet`, {
    details: { component },
  });

export const forecastStale = (component: string, cause: string): SelfScalingError =>
  refusal('FORECAST_STALE', `the forecast for component "${component}" is stale`, {
    details: { component, cause },
  });

export const storeUnavailable = (message: string, cause?: unknown): SelfScalingError =>
  refusal('STORE_UNAVAILABLE', message, { cause });

export const kubeUnavailable = (message: string, cause?: unknown): SelfScalingError =>
  refusal('KUBE_UNAVAILABLE', message, { cause });
