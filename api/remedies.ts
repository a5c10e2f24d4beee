import type { ErrorCode } from '../domain/errors.ts';

/** What cures each refusal, one sentence; the same sentences stand in `docs/ERRORS.md`. */
export const REMEDIES = {
  RATE_LIMITED: 'Ask less often; the header Retry-After says when to come back.',
  REQUEST_INVALID: 'Correct the members named in errors and send the request again.',
  SELECTOR_AMBIGUOUS: 'Add labels to the selector until it names one component.',
  LIMIT_EXCEEDED: 'Stay within the limit that is named, or raise it in the configuration.',
  CONFIG_INVALID: 'Correct the settings that are named and start again.',
  UNAUTHENTICATED: 'Send a valid token: Authorization: Bearer TOKEN.',
  FORBIDDEN: 'Ask for the right that is named, or use an identity that has it.',
  COMPONENT_NOT_FOUND: 'Choose a name from GET /v1/components.',
  RUN_NOT_FOUND: 'Choose an id from GET /v1/train/runs or GET /v1/inference/runs.',
  METRIC_NOT_FOUND: 'Choose one of the metric names that are listed.',
  FORECAST_MISSING:
    'Wait for enough history and the next training, or start one: POST /v1/train/runs.',
  HISTORY_TOO_SHORT: 'Wait until the history is long enough, or import an older one.',
  COMPONENT_AMBIGUOUS: 'Name the namespace as well.',
  HPA_NOT_OURS: 'Remove the other HorizontalPodAutoscaler, or leave the component to it.',
  API_SERVICE_TAKEN: 'Remove the other metrics adapter, or run beside it without external metrics.',
  FORECAST_STALE: 'Look at the last training: GET /v1/train/runs.',
  MODEL_FAILING: 'Look at the last training; the reactive metrics rule until it recovers.',
  STORE_UNAVAILABLE: 'Look at the store; GET /v1/health names what fails. Then try again.',
  KUBE_UNAVAILABLE: 'Look at the connection to the API server of the cluster. Then try again.',
  KUBE_CONFLICT: 'Somebody else changed the object meanwhile; try again.',
  REVIEW_FAILED: 'Access could not be reviewed, so nobody is let in; look at the API server.',
  TRAINING_FAILED: 'Read the reasons in the resource of the run, then start another one.',
} as const satisfies Record<ErrorCode, string>;

/** What each refusal is called: constant per code. */
export const TITLES = {
  RATE_LIMITED: 'Too many requests',
  REQUEST_INVALID: 'The request is not valid',
  SELECTOR_AMBIGUOUS: 'The selector names several components',
  LIMIT_EXCEEDED: 'A limit is exceeded',
  CONFIG_INVALID: 'The configuration is not valid',
  UNAUTHENTICATED: 'Nobody knows who asks',
  FORBIDDEN: 'Not allowed',
  COMPONENT_NOT_FOUND: 'No such component',
  RUN_NOT_FOUND: 'No such run',
  METRIC_NOT_FOUND: 'No such metric',
  FORECAST_MISSING: 'No forecast yet',
  HISTORY_TOO_SHORT: 'The history is too short',
  COMPONENT_AMBIGUOUS: 'The name stands for several components',
  HPA_NOT_OURS: 'The HorizontalPodAutoscaler belongs to somebody else',
  API_SERVICE_TAKEN: 'The APIService belongs to somebody else',
  KUBE_CONFLICT: 'Changed by somebody else meanwhile',
  FORECAST_STALE: 'The forecast is stale',
  MODEL_FAILING: 'The model fails',
  STORE_UNAVAILABLE: 'The store is away',
  KUBE_UNAVAILABLE: 'Kubernetes is away',
  REVIEW_FAILED: 'Access could not be reviewed',
  TRAINING_FAILED: 'The training failed',
} as const satisfies Record<ErrorCode, string>;
