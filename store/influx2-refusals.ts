import { isRefusal, refusal, storeUnavailable, type SelfScalingError } from '../domain/errors.ts';

const BAD_DATA = 400;
const TOO_LARGE = 413;
/** The server has written the rest, and will always drop the lines that it dropped. */
const PARTIAL = 422;

/** What a failure of the client means; a bug of ours is passed on as it is. */
export function refusalOf(error: unknown, what: 'read' | 'write', url: string): unknown {
  if (isRefusal(error) || !(error instanceof Error)) return error;
  const status = statusOf(error);
  if (status === undefined) {
    return isOfTheSocket(error) ? noAnswer(url, `(${error.message})`, error) : error;
  }
  const { message } = error;
  const details = { status, ...(status === PARTIAL && { partial: true }) };
  // Before the first row, a failure of the server while it reads is a 400 too: a read is never invalid.
  if (what === 'write' && isOfTheData(error, status)) {
    return refusal('REQUEST_INVALID', `InfluxDB refuses the data: ${message}`, { details });
  }
  return refusal('STORE_UNAVAILABLE', `InfluxDB at ${url} ${meaningOf(status)}: ${message}`, {
    cause: error,
    details,
  });
}

/**
 * Whether the data is at fault. Everything else is an outage: then the data is good and must be kept. A 400
 * counts only with InfluxDB's own code, because proxies say 400 for reasons of their own.
 */
const isOfTheData = (error: Error, status: number): boolean =>
  status === TOO_LARGE ||
  status === PARTIAL ||
  (status === BAD_DATA && 'code' in error && error.code === 'invalid');

const MEANINGS = new Map([
  [401, 'refuses the token'],
  [403, 'does not let the token do this'],
  [404, 'has no such bucket or organisation, or the token may not see it'],
]);
const meaningOf = (status: number): string => MEANINGS.get(status) ?? `answers ${status}`;

export const noAnswer = (url: string, how: string, cause: unknown): SelfScalingError =>
  storeUnavailable(`InfluxDB at ${url} does not answer ${how}`, cause);

/** The client's error for an answer of 300 and above. */
const statusOf = (error: Error): number | undefined =>
  'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;

/** Errors of sockets, HTTP and unpacking carry a code; the client's own are known by name. */
const isOfTheSocket = (error: Error): boolean =>
  'code' in error || error.name === 'AbortError' || error.name === 'RequestTimedOutError';
