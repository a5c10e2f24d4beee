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
const P = `${D}/namespaces/shop/`;
const S = (selector: string): string => `?labelSelector=${encodeURIComponent(selector)}`;
const cpu = (selector: string): string => `${P}predicted-cpu${S(selector)}`;
const cart = cpu('component=cart');
const mustNameOne = failure(400, 'BadRequest', 'the selector must name one component');
const yet = (component: string) =>
  failure(404, 'NotFound', `no forecast for component "${component}" yet`);
const unknown = (metric: string) =>
  failure(
    404,
    'NotFound',
    `no metric "${metric}" here; there are: predicted-cpu, predicted-memory, predicted-replicas`,
  );
const cartValue = (value: string, window = 300) => ({
  status: 200,
  type: JSON_TYPE,
  body: { kind: 'ExternalMetricValueList', metadata: {}, items: [{ value, window }] },
});
describe('the metric', () => {
  test.each<Row>([
    ['cpu', cart, {}, cartValue('1235m')],
    ['in capitals', cart.replace('predicted-cpu', 'Predicted-CPU'), {}, cartValue('1235m')],
    ['escaped once', cart.replace('predicted-cpu', 'predicted%2Dcpu'), {}, cartValue('1235m')],
    [
      'escaped twice',
      cart.replace('predicted-cpu', 'predicted%252Dcpu'),
      {},
      unknown('predicted%2Dcpu'),
    ],
    ['memory', cart.replace('cpu', 'memory'), {}, cartValue('268435456')],
    ['replicas', cart.replace('cpu', 'replicas'), {}, cartValue('4')],
    ['another namespace', cart.replace('shop', 'none'), {}, yet('cart')],
    ['a name there is not', cart.replace('predicted-cpu', 'foo'), {}, unknown('foo')],
    ['no name', `${P}${S('component=cart')}`, {}, notFound],
    ['something behind the name', `${P}predicted-cpu/a`, {}, notFound],
    ['no namespace', `${D}/predicted-cpu`, {}, notFound],
    ['status', `${P}status`, {}, unknown('status')],
    ['metrics', `${P}metrics`, {}, unknown('metrics')],
    ['a trailing slash', cart.replace('?', '/?'), {}, cartValue('1235m')],
    ['two slashes', cart.replace('/namespaces', '//namespaces'), {}, notFound],
    ['a way back', cart.replace('shop/', 'shop/../shop/'), {}, notFound],
    ['an escaped slash', `${P}a%2Fb`, {}, notFound],
    ['escaped slashes between the names', cart.replace('/shop/', '%2Fshop%2F'), {}, notFound],
    ['a broken escape', `${P}a%zz`, {}, { status: 400 }],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

describe('the selector', () => {
  test.each<Row>([
    [
      'a stale component',
      cpu('component=old'),
      {},
      failure(503, 'ServiceUnavailable', 'the forecast for component "old" is stale'),
    ],
    ['a new component', cpu('component=new'), {}, yet('new')],
    ['an unknown component', cpu('component=ghost'), {}, yet('ghost')],
    [
      'a failing model',
      cpu('component=bad'),
      {},
      failure(503, 'ServiceUnavailable', 'the model for component "bad" is failing'),
    ],
    ['none', `${P}predicted-cpu`, {}, mustNameOne],
    ['an empty one', `${P}predicted-cpu?labelSelector=`, {}, mustNameOne],
    ['two components', cpu('component in (cart,old)'), {}, mustNameOne],
    ['one of a set', cpu('component in (cart)'), {}, cartValue('1235m')],
    ['==', cpu('component==cart'), {}, cartValue('1235m')],
    ['!=', cpu('component!=old'), {}, mustNameOne],
    ['any component', cpu('component'), {}, mustNameOne],
    ['the kind', cpu('component=cart,kind=Deployment'), {}, cartValue('1235m')],
    ['another kind', cpu('component=cart,kind=StatefulSet'), {}, yet('cart')],
    ['a label it does not have', cpu('component=cart,!team'), {}, cartValue('1235m')],
    ['a label it should have', cpu('component=cart,team=x'), {}, yet('cart')],
    ['a higher level', cpu('component=cart,quantile=0.95'), {}, cartValue('1285m')],
    ['an impossible level', cpu('component=cart,quantile=2'), {}, { status: 400 }],
    ['not a level', cpu('component=cart,quantile!=0.9'), {}, { status: 400 }],
    ['a longer lead', cpu('component=cart,lead=600s'), {}, cartValue('1235m', 600)],
    ['one name of two', cpu('component=twin'), {}, failure(400, 'BadRequest', 'name the kind')],
    ['one name of two, with its kind', cpu('component=twin,kind=StatefulSet'), {}, { status: 200 }],
    [
      'two values in a row',
      cpu('component=a b'),
      {},
      failure(400, 'BadRequest', "found 'b', expected: ',' or 'end of string'"),
    ],
    [
      'an open set',
      cpu('a in ('),
      {},
      failure(
        400,
        'BadRequest',
        "unable to parse requirement: found '', expected: ',', ')' or identifier",
      ),
    ],
    ['64 letters', cpu(`component=${'a'.repeat(64)}`), {}, { status: 400 }],
    [
      'an empty set that it is not in',
      cpu('component=cart,model notin ()'),
      {},
      cartValue('1235m'),
    ],
    ['a comparison with a word', cpu('x>a'), {}, { status: 400 }],
    ['20,000 letters', cpu(`component=${'a'.repeat(20_000)}`), {}, { status: 400 }],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

const POST = { as: 'everything', method: 'POST' } as const;
describe('options and methods', () => {
  test.each<Row>([
    ['fieldSelector', `${cart}&fieldSelector=a%3Db`, {}, { status: 400 }],
    ['an empty fieldSelector', `${cart}&fieldSelector=`, {}, cartValue('1235m')],
    [
      'watch',
      `${cart}&watch=true`,
      {},
      failure(
        405,
        'MethodNotAllowed',
        'watch is not supported on resources of kind "*.external.metrics.k8s.io"',
      ),
    ],
    ['no watch', `${cart}&watch=false`, {}, cartValue('1235m')],
    [
      'a limit that is none',
      `${cart}&limit=x`,
      {},
      failure(400, 'BadRequest', 'strconv.ParseInt: parsing "x": invalid syntax'),
    ],
    ['a limit', `${cart}&limit=1&continue=y`, {}, cartValue('1235m')],
    [
      'a timeout that is none',
      `${cart}&timeout=zz`,
      {},
      failure(
        400,
        'BadRequest',
        'invalid timeout specified in the request URL - time: invalid duration "zz"',
      ),
    ],
    ['a timeout', `${cart}&timeout=1.5s`, {}, cartValue('1235m')],
    ['the first selector counts', `${cart}&labelSelector=component%3Dold`, {}, cartValue('1235m')],
    ['a match of nothing', `${cart}&resourceVersionMatch=Exact`, {}, { status: 422 }],
    ['what nobody knows', `${cart}&nobody=knows`, {}, cartValue('1235m')],
    ['POST', cart, POST, notAllowed],
    ['DELETE', cart, { ...POST, method: 'DELETE' }, notAllowed],
    ['PATCH', cart, { ...POST, method: 'PATCH' }, notAllowed],
    ['HEAD', cart, { method: 'HEAD' }, { status: 405 }],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const VALUE = cartValue('1235m');
describe('Accept', () => {
  test.each<Row>([
    ['of the controller manager', cart, accept(`${PROTOBUF}, */*`), VALUE],
    ['a table, or JSON', cart, accept(`${TABLE},application/json`), VALUE],
    ['a table', cart, accept(TABLE), notAcceptable],
    ['metadata, or JSON', cart, accept(`${PARTIAL},application/json`), VALUE],
    ['text/html', cart, accept('text/html'), notAcceptable],
    ['application/*', cart, accept('application/*'), VALUE],
    ['a charset', cart, accept('application/json; charset=utf-8'), VALUE],
    ['empty', cart, accept(''), VALUE],
    ['two of them', cart, accept(['text/html', 'application/json']), VALUE],
  ])('%s', async (_, path, about, expected) => {
    expect(await wire.seen(path, about)).toMatchObject(expected);
  });
});

describe('bodies', () => {
  test('the answer, letter by letter', async () => {
    const { body, headers } = await wire.ask(cart, { headers: { 'audit-id': 'abc-1' } });
    expect(body.replace(/"timestamp":"[^"]+"/, '"timestamp":"T"')).toBe(
      '{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"predicted-cpu","metricLabels":{"component":"cart","kind":"Deployment","lead":"300s","model":"network","quantile":"0.90"},"timestamp":"T","window":300,"value":"1235m"}]}\n',
    );
    expect(headers).toMatchObject({ 'audit-id': 'abc-1', 'cache-control': 'no-cache, private' });
  });

  test('a refusal, letter by letter', async () => {
    const { body } = await wire.ask(cpu('component=old'), {});
    expect(body.replace(/issued [^"]+Z/, 'issued T')).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the forecast for component \\"old\\" is stale","reason":"ServiceUnavailable","details":{"name":"old","group":"external.metrics.k8s.io","kind":"predicted-cpu","causes":[{"reason":"FORECAST_STALE","message":"issued T"}]},"code":503}\n',
    );
  });

  test.each([
    ['asked for', `${cart}&pretty=1`, {}],
    ['for curl', cart, { 'user-agent': 'curl/8.5.0' }],
    ['for a browser', cart, { 'user-agent': 'Mozilla/5.0 (X11)' }],
  ])('is indented when %s', async (_, path, headers) => {
    const { body } = await wire.ask(path, { headers });
    expect(body).toMatch(/^\{\n {2}"kind": "ExternalMetricValueList",\n.*\}$/s);
  });

  test('is not indented for curl that says so', async () => {
    const { body } = await wire.ask(`${cart}&pretty=false`, {
      headers: { 'user-agent': 'curl/8' },
    });
    expect(body).toMatch(/^\{"kind".*\}\n$/);
  });

  test('every answer has an Audit-Id of its own', async () => {
    const { headers } = await wire.ask('/healthz', { headers: { 'audit-id': 'not good' } });
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
