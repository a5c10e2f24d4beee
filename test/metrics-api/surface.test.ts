import { describe, expect, test } from 'vitest';
import { D } from './fixture.ts';
import {
  accept,
  failure,
  JSON_TYPE,
  notAcceptable,
  notAllowed,
  notFound,
  openWire,
  PROTOBUF,
  type Row,
} from './wire.ts';

const wire = openWire();
const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const textNotFound = {
  status: 404,
  type: 'text/plain; charset=utf-8',
  body: '404 page not found\n',
};
const LIST = { status: 200, type: JSON_TYPE, body: { kind: 'APIResourceList' } };

describe('the resource list', () => {
  test.each<Row>([
    ['masters', D, { as: 'M' }, LIST],
    ['the aggregator without groups', D, { as: 'G' }, LIST],
    [
      'nobody',
      D,
      { as: 'N' },
      failure(
        403,
        'Forbidden',
        'forbidden: User "system:anonymous" cannot get path "/apis/external.metrics.k8s.io/v1beta1"',
      ),
    ],
    ['POST', D, { as: 'M', method: 'POST' }, notAllowed],
    ['POST without the right', D, { as: 'U', method: 'POST' }, { status: 403 }],
    ['text/html', D, { as: 'M', ...accept('text/html') }, notAcceptable],
    ['a trailing slash', `${D}/`, { as: 'M' }, LIST],
    ['HEAD, as the aggregator has no right to it', D, { as: 'G', method: 'HEAD' }, { status: 403 }],
    [
      'is never kept',
      D,
      { as: 'M' },
      { status: 200, headers: { 'cache-control': 'no-cache, private' } },
    ],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

const DISCOVERED = (version: string, type: string) => ({
  status: 200,
  type,
  body: { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}` },
  headers: { vary: 'Accept', 'cache-control': 'public' },
});
const GROUPS = { status: 200, type: JSON_TYPE, body: { kind: 'APIGroupList', apiVersion: 'v1' } };
describe('aggregated discovery', () => {
  test.each<Row>([
    ['v2', '/apis', { as: 'M', ...accept(V2) }, DISCOVERED('v2', V2)],
    ['v2beta1', '/apis', { as: 'M', ...accept(V2BETA1) }, DISCOVERED('v2beta1', V2BETA1)],
    ['a profile', '/apis', { as: 'M', ...accept(`${V2};profile=nopeer`) }, DISCOVERED('v2', V2)],
    [
      'what the aggregator sends',
      '/apis',
      { as: 'M', ...accept(`${V2BETA1},${V2},${JSON_TYPE}`) },
      DISCOVERED('v2', V2),
    ],
    [
      'v2 wins from the last place',
      '/apis',
      { as: 'M', ...accept(`application/json, ${V2};q=0.5`) },
      DISCOVERED('v2', V2),
    ],
    ['JSON', '/apis', { as: 'M', ...accept(JSON_TYPE) }, GROUPS],
    ['*/*', '/apis', { as: 'M', ...accept('*/*') }, GROUPS],
    ['no Accept', '/apis', { as: 'M' }, GROUPS],
    ['a trailing slash', '/apis/', { as: 'M' }, GROUPS],
    ['only protobuf', '/apis', { as: 'M', ...accept(PROTOBUF) }, notAcceptable],
    [
      'the group alone',
      '/apis/external.metrics.k8s.io',
      { as: 'M' },
      { status: 200, body: { kind: 'APIGroup', name: 'external.metrics.k8s.io' } },
    ],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

describe('what has a tag is sent once', () => {
  test.each([
    ['discovery', '/apis', V2],
    ['OpenAPI v2', '/openapi/v2', JSON_TYPE],
    ['OpenAPI v3', `/openapi/v3${D}`, JSON_TYPE],
  ])('%s', async (_, path, type) => {
    const ask = (tag: string) =>
      wire.ask(path, { as: 'M', headers: { accept: type, 'if-none-match': tag } });
    const first = await ask('"other"');
    const tag = first.headers.etag ?? '';
    const replies = await Promise.all([tag, `W/${tag}`, `${tag}, "x"`, '*'].map(ask));
    expect(replies.map(({ status }) => status)).toEqual([304, 200, 200, 200]);
    expect(tag).toMatch(/^"[0-9A-F]{128}"$/);
    expect(replies[0]).toMatchObject({ body: '', headers: { etag: tag, vary: 'Accept' } });
  });
});

describe('OpenAPI v3', () => {
  test('has one key, and the document under it never changes', async () => {
    const root = await wire.ask('/openapi/v3', { as: 'M' });
    const { paths } = JSON.parse(root.body) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    expect(Object.keys(paths)).toEqual(['apis/external.metrics.k8s.io/v1beta1']);
    const url = Object.values(paths)[0]!.serverRelativeURL;
    const [current, stale, bare] = await Promise.all([
      wire.ask(url, { as: 'M' }),
      wire.ask(`/openapi/v3${D}?hash=ABC`, { as: 'M' }),
      wire.ask(`/openapi/v3${D}`, { as: 'M' }),
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
});

const NOTHING = { status: 406, body: '' };
describe('OpenAPI', () => {
  test.each<Row>([
    ['v2', '/openapi/v2', { as: 'M' }, { status: 200, type: JSON_TYPE, body: { swagger: '2.0' } }],
    ['v2 in protobuf', '/openapi/v2', { as: 'M', ...accept(PROTOBUF) }, NOTHING],
    ['v3 for a browser', `/openapi/v3${D}`, { as: 'M', ...accept('text/html') }, NOTHING],
    ['v2 by POST', '/openapi/v2', { as: 'M', method: 'POST' }, notAllowed],
    ['v3 of another', '/openapi/v3/apis/nope/v1', { as: 'M' }, textNotFound],
    ['by the aggregator', '/openapi/v2', { as: 'G' }, { status: 200 }],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

const READY = '[+]ping ok\n[+]certificate ok\n[+]front-proxy ok\n[+]shutdown ok\n';
const OK = {
  status: 200,
  type: 'text/plain; charset=utf-8',
  body: 'ok',
  headers: { 'x-content-type-options': 'nosniff' },
};
describe('health, asked by anybody', () => {
  test.each<Row>([
    ['healthz', '/healthz', { as: 'N' }, OK],
    ['livez', '/livez', { as: 'N' }, OK],
    ['readyz', '/readyz', { as: 'N' }, OK],
    ['by HEAD', '/readyz', { as: 'N', method: 'HEAD' }, { status: 200 }],
    ['by POST', '/readyz', { as: 'N', method: 'POST' }, OK],
    ['verbose', '/livez?verbose', { as: 'N' }, { ...OK, body: '[+]ping ok\nlivez check passed\n' }],
    [
      'verbose, whatever it is',
      '/readyz?verbose=false',
      { as: 'N' },
      { ...OK, body: `${READY}readyz check passed\n` },
    ],
    ['one check is not for anybody', '/readyz/ping', { as: 'N' }, { status: 403 }],
    ['one check', '/readyz/ping', { as: 'M' }, { status: 200, body: 'ok' }],
    ['a check there is not', '/readyz/nope', { as: 'M' }, textNotFound],
    [
      'without a check',
      '/readyz?exclude=ping&verbose',
      { as: 'N' },
      { ...OK, body: `${READY.replace('ping ok', 'ping excluded: ok')}readyz check passed\n` },
    ],
    [
      'without one that there is not',
      '/livez?exclude=x&verbose',
      { as: 'N' },
      {
        ...OK,
        body: '[+]ping ok\nwarn: some health checks cannot be excluded: no matches for "x"\nlivez check passed\n',
      },
    ],
    [
      'a bad token is bad even here',
      '/healthz',
      { as: 'N', headers: { authorization: 'Bearer bad' } },
      failure(401, 'Unauthorized', 'Unauthorized'),
    ],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

describe('other paths', () => {
  test.each<Row>([
    ['metrics, by nobody', '/metrics', { as: 'N' }, { status: 403 }],
    [
      'metrics, by their reader',
      '/metrics',
      { as: 'scraper' },
      { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: '# no metrics\n' },
    ],
    ['version', '/version', { as: 'M' }, { status: 200, body: { gitVersion: 'v0.1.0' } }],
    [
      'the index',
      '/',
      { as: 'M' },
      {
        status: 200,
        body: {
          paths: [
            '/apis',
            '/apis/external.metrics.k8s.io',
            D,
            '/healthz',
            '/livez',
            '/metrics',
            '/openapi/v2',
            '/openapi/v3',
            `/openapi/v3${D}`,
            '/readyz',
            '/version',
          ],
        },
      },
    ],
    ['nothing', '/nope', { as: 'M' }, textNotFound],
    ['another version', '/apis/external.metrics.k8s.io/v1', { as: 'M' }, notFound],
    ['another group', '/apis/other', { as: 'M' }, textNotFound],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});
