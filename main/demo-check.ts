import { request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { refusal } from '../domain/errors.ts';

/** What a documented call must answer; a body of `undefined` is not compared. */
type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly send?: object;
  readonly status: number;
  readonly body?: unknown;
};

/** Every line of the REST contract, in an order in which each can succeed. */
const calls = (managed: string, namespace: string): readonly Call[] => [
  { method: 'GET', path: '/v1/components', status: 200 },
  {
    method: 'POST',
    path: '/v1/components',
    send: { components: [{ name: managed, namespace, managed: true }] },
    status: 200,
    body: 'Components managed updates sucessfully',
  },
  { method: 'GET', path: '/v1/train-values', status: 200 },
  {
    method: 'POST',
    path: '/v1/train-values',
    send: { Future_data: '1', History_data: '28' },
    status: 200,
    body: 'Train values changed',
  },
  { method: 'GET', path: '/v1/train', status: 200, body: 'Train module executed successfully' },
  { method: 'GET', path: '/v1/inference', status: 200, body: 'Infence complete sucessfully' },
  { method: 'GET', path: '/version', status: 200 },
  { method: 'GET', path: '/v1/health', status: 200, body: { status: 'healthy' } },
  { method: 'GET', path: '/v1/api-export', status: 200 },
];

/**
 * Makes every documented call over real HTTP.
 *
 * @returns the status of each, as `METHOD path`.
 * @throws {SelfScalingError} `REQUEST_INVALID` naming the first call that did not answer as documented.
 */
export async function checkRest(
  url: string,
  component: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const { method, path, send, status, body } of calls(component.name, component.namespace)) {
    const init = send === undefined ? {} : { body: JSON.stringify(send) };
    // oxlint-disable-next-line no-await-in-loop -- one call prepares the next
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      ...(send === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
      ...init,
    });
    // oxlint-disable-next-line no-await-in-loop -- the answer of that call
    const answer: unknown = await response.json();
    statuses[`${method} ${path}`] = response.status;
    const isRight = response.status === status && (body === undefined || isSame(answer, body));
    if (isRight) continue;
    throw refusal(
      'REQUEST_INVALID',
      `${method} ${path} answered ${response.status} ${JSON.stringify(answer)}, documented is ${status} ${JSON.stringify(body)}`,
    );
  }
  return statuses;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export type MetricAnswer = { readonly status: number; readonly body: unknown };

/** Asks the metrics API over TLS; its certificate must be one that `ca` signed. */
export async function askMetric(
  port: number,
  ca: string,
  path: string,
  signal: AbortSignal,
): Promise<MetricAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<MetricAnswer>();
  const answered = async (status: number, stream: AsyncIterable<Uint8Array>): Promise<void> => {
    const body: unknown = JSON.parse(await text(stream));
    resolve({ status, body });
  };
  const request = secureRequest(
    { host: '127.0.0.1', servername: 'localhost', port, ca, path, signal, agent: false },
    (response) => void answered(response.statusCode ?? 0, response).catch(reject),
  );
  request.once('error', reject);
  request.end();
  return await promise;
}

/** Where the HPA of a component asks for its forecast. */
export const metricPath = (
  namespace: string,
  component: string,
  metric = 'predicted-cpu',
): string =>
  `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}?labelSelector=component%3D${component}`;
