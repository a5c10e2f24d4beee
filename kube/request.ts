import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http';
import { Agent, request as secureRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import { seconds, type DurationMs } from '../domain/units.ts';
import { parseJson } from './json.ts';
import { refusedBy, unreachable, type Asked } from './refusals.ts';

/** One question to the API server. */
export type Ask = {
  /** `GET` unless said otherwise. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the server's root: `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** `application/json` unless said otherwise. */
  readonly contentType?: string;
  /** How long the whole answer may take, 30 s unless said otherwise. */
  readonly limit?: DurationMs;
};

/**
 * The Kubernetes API, as far as this room needs it. Both refuse as `refusals.ts` says, and reject
 * with the signal's reason when it aborts.
 */
export interface Kube {
  /** For messages. */
  readonly server: string;
  /** The JSON that answers. */
  ask(question: Ask, signal: AbortSignal): Promise<unknown>;
  /**
   * A watch: resolves when it is open; then gives one JSON value per line until the server ends it.
   * A connection that is cut, or silent for `silence`, makes the iteration refuse.
   */
  follow(question: Ask, silence: DurationMs, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
}

/** Where the API server is, and who we are there: the part of a `KubeConfig` that requests need. */
export interface KubeIdentity {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  /** Adds whom to believe and what to show. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/**
 * Requests with the identity of a kubeconfig over connections that are kept.
 *
 * The generated client of `@kubernetes/client-node` 2 makes a new agent, so a new TLS handshake, for
 * each request; at hundreds of access reviews a second that is not an option. Credentials are asked
 * from the identity for every request all the same: it rereads token and certificate files.
 */
export function openRequests(config: KubeIdentity): Kube & Disposable {
  const cluster = config.getCurrentCluster();
  const server = (cluster?.server ?? '').replace(/\/+$/, '');
  const plain = server.startsWith('http:');
  const keep = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE };
  const agent = plain ? new PlainAgent(keep) : new Agent(keep);

  const open = async (question: Ask, signal: AbortSignal): Promise<Opened> => {
    const body = question.body === undefined ? undefined : JSON.stringify(question.body);
    const options: RequestOptions = {
      method: question.method ?? 'GET',
      headers: headersOf(question, body),
    };
    await config.applyToHTTPSOptions(options);
    // Through a proxy only the client's own agent knows the way.
    if (cluster?.proxyUrl === undefined) options.agent = agent;
    const { promise, resolve, reject } = Promise.withResolvers<Opened>();
    const begin = plain ? plainRequest : secureRequest;
    const request = begin(urlOf(server, question), { ...options, signal });
    const quiet = (silence: DurationMs): void => {
      request.setTimeout(silence);
    };
    quiet(ANSWER_LIMIT);
    const silent = (): Error => new Error('nothing was heard for too long');
    request.on('timeout', () => request.destroy(silent()));
    request.on('response', (response) => {
      // Before the request goes, or the stream would only say "aborted".
      request.prependListener('timeout', () => response.destroy(silent()));
      resolve({ response, quiet });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed just now: it read nothing, a GET may be repeated.
      const stale = request.reusedSocket && error.code === 'ECONNRESET';
      if (stale && options.method === 'GET' && !signal.aborted) resolve(open(question, signal));
      else reject(error);
    });
    request.end(body);
    return await promise;
  };

  return {
    server,
    async ask(question, signal) {
      const asked = askedBy(question);
      const limit = question.limit ?? ANSWER_LIMIT;
      const late = AbortSignal.timeout(Math.max(1, Math.ceil(limit))); // whole ms, or it throws
      try {
        const { response } = await open(question, AbortSignal.any([signal, late]));
        return accepted(asked, response, await text(response));
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) throw error;
        const cause = late.aborted ? new Error(`no answer in ${limit / seconds(1)} s`) : error;
        throw unreachable(asked, server, cause);
      }
    },
    async follow(question, silence, signal) {
      const asked = askedBy(question);
      const named = (error: unknown): unknown => {
        signal.throwIfAborted();
        return isRefusal(error) ? error : unreachable(asked, server, error);
      };
      try {
        const { response, quiet } = await open(question, signal);
        if (response.statusCode !== OK) accepted(asked, response, await text(response));
        quiet(silence);
        return jsonLines(response, named);
      } catch (error) {
        throw named(error);
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

type Opened = { readonly response: IncomingMessage; readonly quiet: (silence: DurationMs) => void };

const OK = 200;
const MULTIPLE_CHOICES = 300;
const MAX_SOCKETS = 64;
const ANSWER_LIMIT = seconds(30);
/** Of a kept connection nobody uses: less than the 90 s after which API servers and balancers close. */
const IDLE = seconds(60);

const urlOf = (server: string, { path, query = {} }: Ask): URL => {
  const url = new URL(server + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
};

const askedBy = ({ method = 'GET', path }: Ask): Asked => ({ method, path });

const headersOf = (
  { contentType = 'application/json' }: Ask,
  body: string | undefined,
): Record<string, string | number> => {
  const headers = { accept: 'application/json', 'user-agent': 'self-scaling' };
  if (body === undefined) return headers;
  // Node names no length for the body of a DELETE: its preconditions would go unread.
  const length = Buffer.byteLength(body);
  return { ...headers, 'content-type': contentType, 'content-length': length };
};

const accepted = (asked: Asked, { statusCode = 0 }: IncomingMessage, body: string): unknown => {
  const value = parseJson(body);
  if (statusCode < OK || statusCode >= MULTIPLE_CHOICES) {
    throw refusedBy(asked, { status: statusCode, body: value ?? body });
  }
  if (value === undefined) {
    throw kubeUnavailable(`the answer to ${asked.method} ${asked.path} is not JSON`);
  }
  return value;
};

async function* jsonLines(
  response: IncomingMessage,
  named: (error: unknown) => unknown,
): AsyncGenerator {
  let rest = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      // The last one is not whole yet; what is left of it when the stream ends was never said.
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '').map(parseJson);
    }
  } catch (error) {
    throw named(error);
  }
}
