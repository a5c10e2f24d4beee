import { isRefusal, type ErrorCode } from '../domain/errors.ts';
import { GROUP } from './group.ts';

type Details = {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly {
    readonly reason: string;
    readonly message?: string;
    readonly field?: string;
  }[];
};

type Shape = {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Details;
};

/** `metav1.Status` in the field order of Kubernetes. */
export type Status = {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details?: Details;
  readonly code: number;
};

export const status = ({ code, reason, message, details }: Shape): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details === undefined ? {} : { details }),
  code,
});

const BAD_REQUEST = { code: 400, reason: 'BadRequest' } as const;
const NOT_FOUND = { code: 404, reason: 'NotFound' } as const;
const CONFLICT = { code: 409, reason: 'Conflict' } as const;
const INTERNAL = { code: 500, reason: 'InternalError' } as const;
const UNAVAILABLE = { code: 503, reason: 'ServiceUnavailable' } as const;
const TOO_MANY = { code: 429, reason: 'TooManyRequests' } as const;

/** The one place where a refusal becomes a Status. Sent without Retry-After: clients would wait on it. */
const STATUS = {
  RATE_LIMITED: TOO_MANY,
  REQUEST_INVALID: BAD_REQUEST,
  SELECTOR_AMBIGUOUS: BAD_REQUEST,
  LIMIT_EXCEEDED: BAD_REQUEST,
  CONFIG_INVALID: INTERNAL,
  UNAUTHENTICATED: { code: 401, reason: 'Unauthorized' },
  FORBIDDEN: { code: 403, reason: 'Forbidden' },
  COMPONENT_NOT_FOUND: NOT_FOUND,
  RUN_NOT_FOUND: NOT_FOUND,
  METRIC_NOT_FOUND: NOT_FOUND,
  FORECAST_MISSING: NOT_FOUND,
  HISTORY_TOO_SHORT: NOT_FOUND,
  COMPONENT_AMBIGUOUS: CONFLICT,
  HPA_NOT_OURS: CONFLICT,
  API_SERVICE_TAKEN: CONFLICT,
  FORECAST_STALE: UNAVAILABLE,
  MODEL_FAILING: UNAVAILABLE,
  STORE_UNAVAILABLE: UNAVAILABLE,
  KUBE_UNAVAILABLE: UNAVAILABLE,
  KUBE_CONFLICT: CONFLICT,
  REVIEW_FAILED: INTERNAL,
  TRAINING_FAILED: UNAVAILABLE,
} as const satisfies Record<ErrorCode, Pick<Status, 'code' | 'reason'>>;

/**
 * A refusal in the words of Kubernetes; about a component it carries its name and, as a cause, what
 * must not stand in the message. Anything that is not a refusal is a bug: its text stays in the log.
 *
 * @param metric what was asked for, where the refusal is about one.
 */
export function toStatus(error: unknown, metric?: string): Status {
  if (!isRefusal(error)) return status({ ...INTERNAL, message: 'internal error' });
  const shape = { ...STATUS[error.code], message: error.message };
  const { component, cause } = error.details;
  if (typeof component !== 'string' || metric === undefined) return status(shape);
  const message = typeof cause === 'string' ? { message: cause } : {};
  const causes = [{ reason: error.code, ...message }];
  return status({ ...shape, details: { name: component, group: GROUP, kind: metric, causes } });
}

export const unauthorized = (): Status =>
  status({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });

export const notFound = (): Status =>
  status({
    ...NOT_FOUND,
    message: 'the server could not find the requested resource',
    details: {},
  });

export const methodNotAllowed = (): Status =>
  status({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });

const MEDIA_TYPES = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export const notAcceptable = (): Status =>
  status({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${MEDIA_TYPES}`,
  });

export const tooManyRequests = (): Status => status({ ...TOO_MANY, message: 'too many requests' });

/** The answer did not come in time; so does the Go library say it. */
export const timedOut = (): Status =>
  status({
    code: 504,
    reason: 'Timeout',
    message: 'request did not complete within requested timeout',
  });

export const badRequest = (message: string): Status => status({ ...BAD_REQUEST, message });
