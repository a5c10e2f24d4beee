import { request, type RequestOptions } from 'node:https';
import { request as plainRequest } from 'node:http';

/** Who asks: a client certificate, a bearer token, headers of any kind, or nobody. */
export type Identity = {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Question = {
  readonly method?: string;
  /** Sent as JSON, but a string as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly as?: Identity;
  /** What the server's certificate is checked against; without it, it is not checked. */
  readonly ca?: string;
  /** The name that the certificate must bear, when it is not the host of the URL. */
  readonly servername?: string;
  readonly timeoutMs?: number;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body, read as JSON; throws with the whole answer when it is none. */
  json(): unknown;
};

const TIMEOUT_MS = 30_000;

/**
 * One raw request on a connection of its own, over TLS or plain as the URL says. Any status is an
 * answer; it rejects when there is none.
 */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const target = new URL(url);
  const body = bodyOf(question);
  const options = optionsOf(question, body);
  const send = target.protocol === 'http:' ? plainRequest : request;
  return await new Promise((resolve, reject) => {
    const asking = send(target, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        const text = Buffer.concat(chunks).toString();
        resolve({ status, headers, text, json: () => parse(url, status, text) });
      });
    });
    asking.on('timeout', () => asking.destroy(new Error(`${url} did not answer in time`)));
    asking.on('error', reject);
    asking.end(body);
  });
}

function optionsOf(question: Question, body: string | undefined): RequestOptions {
  const { as = {}, servername } = question;
  return {
    agent: false,
    method: question.method ?? 'GET',
    timeout: question.timeoutMs ?? TIMEOUT_MS,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && {
        'content-type': question.contentType ?? 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(as.token !== undefined && { authorization: `Bearer ${as.token}` }),
      ...as.headers,
    },
    ...trust(question.ca),
    ...(servername && { servername }),
    ...(as.cert && as.key && { cert: as.cert, key: as.key }),
  };
}

const trust = (ca: string | undefined): RequestOptions =>
  ca === undefined ? { rejectUnauthorized: false } : { ca };

function bodyOf({ body }: Question): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function parse(url: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${url} answered ${status} and no JSON: ${text.slice(0, 500)}`, { cause });
  }
}
