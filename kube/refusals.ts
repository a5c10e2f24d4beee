import {
  isRefusal,
  kubeUnavailable,
  refusal,
  type ErrorCode,
  type SelfScalingError,
} from '../domain/errors.ts';
import { textAt } from './json.ts';

/** What was asked, for messages; bodies are never told (a TokenReview holds a token). */
export type Asked = { readonly method: string; readonly path: string };

/** An answer that says no: a Kubernetes Status, or the text of something in between. */
export type No = { readonly status: number; readonly body: unknown };

/**
 * The one place where an answer of the API server becomes a refusal of ours.
 *
 * 401 is ours to mend, not the caller's, so it says that Kubernetes cannot be used; a 403 names the
 * missing right; 409 asks to read again; other 4xx mean that the object itself was refused.
 */
export function refusedBy(asked: Asked, { status, body }: No): SelfScalingError {
  const said = textAt(body, 'message') ?? (typeof body === 'string' ? body.slice(0, SHOWN) : '');
  const details = {
    status,
    reason: textAt(body, 'reason'),
    asked: `${asked.method} ${asked.path}`,
  };
  const why = said === '' ? `HTTP ${status}` : said;
  if (status === FORBIDDEN) return forbidden(why, details);
  return refusal(codeOf(status), `${sentenceOf(status)}: ${why}`, { details });
}

/** No answer at all: a refused connection, a reset, a timeout, a certificate that does not fit. */
export const unreachable = (asked: Asked, server: string, cause: unknown): SelfScalingError =>
  kubeUnavailable(
    `no answer from the Kubernetes API at ${server} to ${asked.method} ${asked.path}: ${textOf(cause)}`,
    cause,
  );

/** Whether `error` is an answer of the API server with one of these statuses. */
export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  isRefusal(error) && statuses.some((status) => error.details['status'] === status);

/** The HTTP status of an answer that said no; `undefined` when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = isRefusal(error) ? error.details['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

export const NOT_FOUND = 404;
export const GONE = 410;
export const FORBIDDEN = 403;
const UNAUTHORIZED = 401;
const CONFLICT = 409;
const TOO_MANY = 429;
const BAD_REQUEST = 400;
const UNPROCESSABLE = 422;
/** Of a text that is no Status: a proxy's page need not fill a log line. */
const SHOWN = 200;

const codeOf = (status: number): ErrorCode => {
  if (status === CONFLICT) return 'KUBE_CONFLICT';
  if (status === BAD_REQUEST || status === UNPROCESSABLE) return 'REQUEST_INVALID';
  return 'KUBE_UNAVAILABLE';
};

const SENTENCES: Readonly<Record<number, string>> = {
  [BAD_REQUEST]: 'Kubernetes does not accept the object',
  [UNAUTHORIZED]:
    'the Kubernetes API does not accept our credentials (token or client certificate)',
  [NOT_FOUND]: 'not found in Kubernetes',
  [CONFLICT]: 'somebody else changed it meanwhile',
  [GONE]: 'the resource version is too old',
  [UNPROCESSABLE]: 'Kubernetes does not accept the object',
  [TOO_MANY]: 'the Kubernetes API asks us to slow down',
};
const sentenceOf = (status: number): string =>
  SENTENCES[status] ?? 'the Kubernetes API cannot answer';

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "shop"`, as RBAC says it. */
const RBAC =
  /cannot (?<verb>\S+) resource "(?<resource>[^"]*)"(?: in API group "(?<group>[^"]*)")?(?<where> in the namespace "[^"]*"| at the cluster scope)?/;

const forbidden = (said: string, details: Readonly<Record<string, unknown>>): SelfScalingError => {
  const { verb, resource, group = '', where = '' } = RBAC.exec(said)?.groups ?? {};
  if (verb === undefined || resource === undefined) {
    return refusal('FORBIDDEN', `Kubernetes forbids it: ${said}`, { details });
  }
  const right = `${verb} ${group === '' ? resource : `${group}/${resource}`}`;
  return refusal(
    'FORBIDDEN',
    `missing right "${right}"${where}: give it to our account by RBAC (${said})`,
    { details: { ...details, right } },
  );
};

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
