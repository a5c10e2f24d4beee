import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { epochMs } from '../../domain/units.ts';
import { askOf, testClients, type Clients } from './clients.ts';
import { D, openMetricsApi, testPki, type Opened } from './fixture.ts';
import { CART, cpu, JSON_TYPE, V2, type Row } from './row.ts';

let api: Opened;
let clients: Clients;
beforeAll(async () => {
  const pki = await testPki(epochMs(Date.now()));
  clients = await testClients(pki);
  api = await openMetricsApi(pki);
});
afterAll(() => api[Symbol.asyncDispose]());

const ask = (path: string, about: Pick<Row, 'as' | 'headers'> = {}) =>
  api.ask(path, askOf({ title: '', expected: { status: 0 }, path, ...about }, clients));

describe('what has a tag is sent once', () => {
  test.each([
    ['discovery (lines 15, 16, 17)', '/apis', V2],
    ['OpenAPI v2 (line 20)', '/openapi/v2', JSON_TYPE],
    ['OpenAPI v3', `/openapi/v3${D}`, JSON_TYPE],
  ])('%s', async (_, path, type) => {
    const askWith = (tag: string) =>
      ask(path, { as: 'M', headers: { accept: type, 'if-none-match': tag } });
    const first = await askWith('"other"');
    const tag = first.headers.etag ?? '';
    const replies = await Promise.all([tag, `W/${tag}`, `${tag}, "x"`, '*'].map(askWith));
    expect(replies.map(({ status }) => status)).toEqual([304, 200, 200, 200]);
    expect(tag).toMatch(/^"[0-9A-F]{128}"$/);
    expect(replies[0]).toMatchObject({ body: '', headers: { etag: tag, vary: 'Accept' } });
  });
});

test('OpenAPI v3 has one key, and the document under it never changes (lines 23, 24, 25)', async () => {
  const root = await ask('/openapi/v3', { as: 'M' });
  const { paths } = JSON.parse(root.body) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  expect(Object.keys(paths)).toEqual(['apis/external.metrics.k8s.io/v1beta1']);
  const url = Object.values(paths)[0]!.serverRelativeURL;
  const [current, stale, bare] = await Promise.all([
    ask(url, { as: 'M' }),
    ask(`/openapi/v3${D}?hash=ABC`, { as: 'M' }),
    ask(`/openapi/v3${D}`, { as: 'M' }),
  ]);
  expect([current.body === stale.body, stale.body === bare.body]).toEqual([true, true]);
  expect(current.headers).toMatchObject({
    'cache-control': 'public, immutable',
    expires: expect.stringMatching(/GMT$/),
    etag: bare.headers.etag,
  });
  expect(stale).toMatchObject({ status: 200 });
  expect(stale.headers).not.toHaveProperty('etag');
  expect([stale, bare].flatMap(({ headers }) => headers['cache-control'] ?? [])).toEqual([]);
});

describe('bodies', () => {
  test('the answer, letter by letter', async () => {
    const { body, headers } = await ask(CART, { headers: { 'audit-id': 'abc-1' } });
    expect(body.replace(/"timestamp":"[^"]+"/, '"timestamp":"T"')).toBe(
      '{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"predicted-cpu","metricLabels":{"component":"cart","kind":"Deployment","lead":"300s","model":"network","quantile":"0.90"},"timestamp":"T","window":300,"value":"1235m"}]}\n',
    );
    expect(headers).toMatchObject({ 'audit-id': 'abc-1', 'cache-control': 'no-cache, private' });
  });

  test('a refusal, letter by letter', async () => {
    const { body } = await ask(cpu('component=old'), {});
    expect(body.replace(/issued [^"]+Z/, 'issued T')).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the forecast for component \\"old\\" is stale","reason":"ServiceUnavailable","details":{"name":"old","group":"external.metrics.k8s.io","kind":"predicted-cpu","causes":[{"reason":"FORECAST_STALE","message":"issued T"}]},"code":503}\n',
    );
  });

  test.each([
    ['asked for', `${CART}&pretty=1`, {}],
    ['for curl', CART, { 'user-agent': 'curl/8.5.0' }],
    ['for a browser', CART, { 'user-agent': 'Mozilla/5.0 (X11)' }],
  ])('is indented when %s', async (_, path, headers) => {
    const { body } = await ask(path, { headers });
    expect(body).toMatch(/^\{\n {2}"kind": "ExternalMetricValueList",\n.*\}$/s);
  });

  test('is not indented for curl that says so', async () => {
    const { body } = await ask(`${CART}&pretty=false`, {
      headers: { 'user-agent': 'curl/8' },
    });
    expect(body).toMatch(/^\{"kind".*\}\n$/);
  });

  test('every answer has an Audit-Id of its own', async () => {
    const { headers } = await ask('/healthz', { headers: { 'audit-id': 'not good' } });
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
