import { SelfScalingError, type ErrorCode } from '../domain/errors.ts';

/** What a shell is told: 0 done, 1 a bug, 2 bad usage or input, 3 refused, 4 a part is away, 5 the answer is no. */
const EXIT_CODE = {
  RATE_LIMITED: 4,
  REQUEST_INVALID: 2,
  SELECTOR_AMBIGUOUS: 2,
  LIMIT_EXCEEDED: 2,
  CONFIG_INVALID: 2,
  UNAUTHENTICATED: 3,
  FORBIDDEN: 3,
  COMPONENT_NOT_FOUND: 3,
  RUN_NOT_FOUND: 3,
  METRIC_NOT_FOUND: 3,
  FORECAST_MISSING: 3,
  HISTORY_TOO_SHORT: 3,
  COMPONENT_AMBIGUOUS: 3,
  HPA_NOT_OURS: 3,
  API_SERVICE_TAKEN: 3,
  FORECAST_STALE: 4,
  MODEL_FAILING: 4,
  STORE_UNAVAILABLE: 4,
  KUBE_UNAVAILABLE: 4,
  KUBE_CONFLICT: 4,
  REVIEW_FAILED: 4,
  TRAINING_FAILED: 4,
} as const satisfies Record<ErrorCode, number>;

const EXIT_BUG = 1;
export const EXIT_USAGE = 2;
export const EXIT_ANSWER_IS_NO = 5;

export const exitCodeOf = (error: unknown): number =>
  error instanceof SelfScalingError ? EXIT_CODE[error.code] : EXIT_BUG;
