import { afterAll, beforeAll } from 'vitest';
import { epochMs } from '../../domain/units.ts';
import { callers, openMetricsApi, testPki, type Ask, type Opened } from './fixture.ts';
import type { Client } from './test-authority.ts';

export type Who = keyof typeof callers | 'N';
export type About = Omit<Ask, 'as'> & { readonly as?: Who };
/** One line of the wire's table: who asks for what, and how, and what they get. */
export type Row = readonly [title: string, path: string, about: About, expected: Expected];
export type Expected = {
  readonly status: number;
  readonly type?: string;
  /** The whole body, or a part of the object that it is. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, unknown>>;
};

export const JSON_TYPE = 'application/json';
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const accept = (value: string | readonly string[]) => ({ headers: { accept: value } });

export const failure = (code: number, reason: string, message: string): Expected => ({
  status: code,
  type: JSON_TYPE,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
});
export const notFound = failure(
  404,
  'NotFound',
  'the server could not find the requested resource',
);
export const notAcceptable = failure(
  406,
  'NotAcceptable',
  'only the following media types are accepted: application/json',
);
export const notAllowed = failure(
  405,
  'MethodNotAllowed',
  'the server does not allow this method on the requested resource',
);

/** The metrics API, opened for the tests of one file. */
export function openWire() {
  let api: Opened | undefined;
  let frontProxy: Client | undefined;
  beforeAll(async () => {
    const pki = await testPki(epochMs(Date.now()));
    ({ frontProxy } = pki);
    api = await openMetricsApi(pki);
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const ask = (path: string, { as = 'H', headers = {}, ...rest }: About = {}) => {
    if (api === undefined) throw new Error('ask within a test');
    return as === 'N'
      ? api.ask(path, { headers, ...rest })
      : api.ask(path, { as: frontProxy, headers: { ...callers[as], ...headers }, ...rest });
  };
  return {
    ask,
    /** What came back, with a JSON body as the object it is; a Retry-After never may. */
    async seen(path: string, about: About) {
      const reply = await ask(path, about);
      if ('retry-after' in reply.headers) throw new Error('the HPA would wait on this answer');
      const type = reply.headers['content-type'] ?? '';
      const isObject = type.startsWith(JSON_TYPE) && reply.body !== '';
      const body: unknown = isObject ? JSON.parse(reply.body) : reply.body;
      return { ...reply, type, body };
    },
  };
}
