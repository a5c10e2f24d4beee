import { refusal, storeUnavailable } from '../domain/errors.ts';

export type Members = Readonly<Record<string, unknown>>;
/** What was made and what was there already, for the operator. */
export type Report = { readonly made: string[]; readonly found: string[] };
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
/** One call of InfluxDB's management API: path below `/api/v2`, and the members of the answer. */
export type Ask = (method: Method, path: string, body?: object) => Promise<Members>;

type Connection = {
  readonly url: string;
  readonly timeoutMs: number;
  readonly token?: string;
  readonly signal: AbortSignal;
};

/**
 * @throws {SelfScalingError} `STORE_UNAVAILABLE` when there is no answer, `CONFIG_INVALID` when the
 * token is refused or the server will not do what is asked.
 */
export const askInflux =
  ({ url, timeoutMs, token, signal }: Connection): Ask =>
  async (method, path, body) => {
    const answer = await fetch(`${url.replace(/\/$/, '')}/api/v2${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Token ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw storeUnavailable(`InfluxDB at ${url} does not answer`, cause);
    });
    const said = await answer.text();
    if (answer.ok) return membersOf(said);
    const { status } = answer;
    const code = status < FIRST_SERVER_ERROR ? 'CONFIG_INVALID' : 'STORE_UNAVAILABLE';
    const cure =
      status === UNAUTHENTICATED
        ? ': give the operator token of this InfluxDB, in the file admin-token of --out'
        : '';
    const why = textOf(membersOf(said), 'message') ?? '';
    throw refusal(code, `InfluxDB answers ${status} to ${method} ${path} ${why}${cure}`, {
      details: { status },
    });
  };

const UNAUTHENTICATED = 401;
const FIRST_SERVER_ERROR = 500;

export const textOf = (members: Members, name: string): string | undefined => {
  const value = members[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const recordOf = (members: Members, name: string): Members => {
  const value = members[name];
  return isMembers(value) ? value : {};
};

export const listOf = (members: Members, name: string): readonly Members[] => {
  const value = members[name];
  return Array.isArray(value) ? value.filter(isMembers) : [];
};

export const idOf = (one: Members): string => needed(one, 'id');

/** @throws {SelfScalingError} `STORE_UNAVAILABLE` for an answer without it. */
export function needed(members: Members, name: string): string {
  const value = textOf(members, name);
  if (value === undefined) throw refusal('STORE_UNAVAILABLE', `InfluxDB answers without ${name}`);
  return value;
}

function membersOf(json: string): Members {
  try {
    const value: unknown = JSON.parse(json);
    return isMembers(value) ? value : {};
  } catch {
    return {};
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
