import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isRefusal, type ErrorCode, type SelfScalingError } from '../domain/errors.ts';
import { REMEDIES, TITLES } from './remedies.ts';

/** The one place where a refusal becomes an HTTP status. A new code does not compile until it is here. */
const HTTP_STATUS = {
  RATE_LIMITED: 429,
  REQUEST_INVALID: 400,
  SELECTOR_AMBIGUOUS: 400,
  LIMIT_EXCEEDED: 400,
  CONFIG_INVALID: 500,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  COMPONENT_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  METRIC_NOT_FOUND: 404,
  FORECAST_MISSING: 404,
  HISTORY_TOO_SHORT: 409,
  COMPONENT_AMBIGUOUS: 409,
  HPA_NOT_OURS: 409,
  API_SERVICE_TAKEN: 409,
  KUBE_CONFLICT: 409,
  FORECAST_STALE: 503,
  MODEL_FAILING: 503,
  STORE_UNAVAILABLE: 503,
  KUBE_UNAVAILABLE: 503,
  REVIEW_FAILED: 503,
  TRAINING_FAILED: 500,
} as const satisfies Record<ErrorCode, number>;

/** A refusal by HTTP itself: no such path, no such method, too large, going away. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

type Problem = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;
};

/** Answers everything thrown as `application/problem+json` (RFC 9457), and logs it here and nowhere else. */
export function answerProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, headers, members } = problemOf(error);
  logFailure(error, status, request);
  return reply.code(status).headers(headers).type(PROBLEM_JSON).send(withId(members, request.id));
}

export const PROBLEM_JSON = 'application/problem+json';

export const withId = (members: Problem['members'], id: string): Problem['members'] => ({
  ...members,
  instance: `urn:uuid:${id}`,
});

/** What the world is told of an error; a bug tells nothing. */
function problemOf(error: unknown): Problem {
  if (isRefusal(error)) return ofRefusal(error);
  if (error instanceof HttpRefusal) {
    return ofStatus(error.statusCode, error.message, error.headers);
  }
  const invalid = validationOf(error);
  if (invalid !== undefined) return invalid;
  if (error instanceof Error && error.name === 'TimeoutError') {
    return ofStatus(503, 'a part did not answer in time; try again');
  }
  const status = clientErrorStatus(error);
  if (status !== undefined && error instanceof Error) return ofStatus(status, error.message);
  return ofStatus(500, 'the request met a bug; the log has it under the id in instance');
}

const ofRefusal = ({ code, details, message }: SelfScalingError): Problem => ({
  status: HTTP_STATUS[code],
  headers: headersFor(code, details),
  members: membersOf(code, message, details),
});

/** Details add members; they never replace one that every problem has. */
function membersOf(
  code: ErrorCode,
  detail: string,
  details: Readonly<Record<string, unknown>>,
): Problem['members'] {
  const fixed = {
    type: `urn:self-scaling:error:${code}`,
    title: TITLES[code],
    status: HTTP_STATUS[code],
    detail,
    code,
    remedy: REMEDIES[code],
  };
  return { ...fixed, ...details, ...fixed };
}

/** RFC 9457: without a type of its own a problem is `about:blank`, and its title the phrase of the status. */
export const ofStatus = (
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Problem => ({
  status,
  headers,
  members: { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail },
});

function headersFor(
  code: ErrorCode,
  details: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  if (code === 'UNAUTHENTICATED') return { 'www-authenticate': 'Bearer' };
  const { retryAfterSeconds } = details;
  return typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {};
}

/** Parameters and query that do not fit their schema, as Fastify throws it. */
function validationOf(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('validation' in error)) return undefined;
  const found = Array.isArray(error.validation) ? error.validation : [];
  const errors = found.map((one: { instancePath?: unknown; message?: unknown }) => ({
    path: textOr('', one.instancePath),
    message: textOr('is not valid', one.message),
  }));
  return {
    status: 400,
    headers: {},
    members: membersOf('REQUEST_INVALID', error.message, { errors }),
  };
}

const textOr = (otherwise: string, value: unknown): string =>
  typeof value === 'string' ? value : otherwise;

/** Fastify's own 4xx, such as 413 for a body over the limit. */
function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  const isClients = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isClients ? statusCode : undefined;
}

/** The audit has a line for each refusal of a caller; what failed on our side is told with its cause. */
function logFailure(err: unknown, status: number, request: FastifyRequest): void {
  if (isRefusal(err)) {
    if (status >= 500) request.log.warn({ err, code: err.code }, 'a request was refused');
    return;
  }
  if (status >= 500) request.log.error({ err }, 'a request failed and was not refused');
}
