import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { openRig } from '../test/api-rig.ts';
import { ERROR_CODES, historyTooShort, refusal, type ErrorCode } from '../domain/errors.ts';
import { answerProblem } from './problem.ts';

const answerTo = async (fail: () => unknown) => {
  await using app = fastify({ genReqId: () => '7c4c9d2e' });
  app.setErrorHandler(answerProblem);
  app.get('/', () => {
    throw fail();
  });
  return await app.inject('/'); // not a bare return: the app would be closed first
};

const STATUS: Readonly<Record<ErrorCode, number>> = {
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
  FORECAST_STALE: 503,
  MODEL_FAILING: 503,
  STORE_UNAVAILABLE: 503,
  KUBE_UNAVAILABLE: 503,
  KUBE_CONFLICT: 409,
  REVIEW_FAILED: 503,
  TRAINING_FAILED: 500,
};

test.each(ERROR_CODES)('%s has its status, a title and a remedy', async (code) => {
  const response = await answerTo(() => refusal(code, 'that is why'));
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.json()).toEqual({
    type: `urn:self-scaling:error:${code}`,
    title: expect.stringMatching(/\w+/),
    status: STATUS[code],
    detail: 'that is why',
    code,
    remedy: expect.stringMatching(/^[A-Z].*\.$/),
    instance: 'urn:uuid:7c4c9d2e',
  });
  expect(response.statusCode).toBe(STATUS[code]);
});

test('numbers are members, and never hide what every problem has', async () => {
  const response = await answerTo(() => historyTooShort(3, 192));
  expect(response.json()).toMatchObject({ have: 3, need: 192, status: 409 });
  const bad = await answerTo(() =>
    refusal('HPA_NOT_OURS', 'taken', { details: { status: 200, code: 'FINE', owner: 'keda' } }),
  );
  expect(bad.json()).toMatchObject({ status: 409, code: 'HPA_NOT_OURS', owner: 'keda' });
});

test('a bug tells the world nothing but where to look', async () => {
  const response = await answerTo(() => new TypeError('token "s3cret" is undefined'));
  expect(response.json()).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'the request met a bug; the log has it under the id in instance',
    instance: 'urn:uuid:7c4c9d2e',
  });
});

test('a part that does not answer in time is unavailable, not a bug', async () => {
  const late = await answerTo(() => new DOMException('late', 'TimeoutError'));
  expect(late.statusCode).toBe(503);
});

test('the cause of a refusal is for the log', async () => {
  const cause = new Error('connect ECONNREFUSED db.internal');
  const response = await answerTo(() => refusal('STORE_UNAVAILABLE', 'store away', { cause }));
  expect(response.body).not.toContain('internal');
});

describe('what nobody serves', () => {
  test('is 404, whatever its method and body', async () => {
    await using rig = await openRig();
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const response = await rig.app.inject({ method, url: '/v1/services', payload: 'x' });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({ type: 'about:blank', title: 'Not Found' });
    }
  });

  test.each([
    ['DELETE', '/v1/components', 'GET, HEAD, POST'],
    ['PUT', '/v1/train-values', 'GET, HEAD, POST'],
    ['POST', '/v1/train', 'GET'],
    ['POST', '/v1/health', 'GET, HEAD'],
    ['PATCH', '/v1/components/shop/cart', 'GET, HEAD'],
    ['DELETE', '/v1/runs/train-1', 'GET, HEAD'],
    ['OPTIONS', '/v1/components', 'GET, HEAD, POST'],
    ['TRACE', '/version', 'GET, HEAD'],
    ['QUERY', '/v1/components?x=1', 'GET, HEAD, POST'],
  ])('%s of %s is 405 and says what is allowed', async (method, url, allow) => {
    await using rig = await openRig();
    const response = await rig.app.inject({
      method: method as 'GET',
      url,
      ...(method === 'TRACE' ? {} : { payload: '{' }),
      headers: { 'content-type': 'application/json' },
    });
    expect([response.statusCode, response.headers.allow]).toEqual([405, allow]);
  });

  test('a path that is no path is a problem too', async () => {
    await using rig = await openRig();
    const response = await rig.app.inject('/v1/components/%zz/x');
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});
