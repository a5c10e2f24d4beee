import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aView, inShop, openRig } from '../test/api-rig.ts';

type Rig = Awaited<ReturnType<typeof openRig>>;

const COMPONENTS = '/v1/components';
const VALUES = '/v1/train-values';
const ONE = '{"components":[{"name":"cart","managed":true}]}';
const BOTH = '{"Future_data":"2","History_data":"14"}';

const INVALID_JSON = '"Invalid JSON"';
const NOT_BOOLEAN = '"Managed components must be true or false"';
const ERROR_IN_BODY = '"Error in json body"';
const NOT_POSITIVE = '"Values must be positive numbers"';
const NOT_SUPPORTED = '"Content-Type not supported!"';

describe('what is asked is answered to the letter', () => {
  test.each([
    ['the version', '/version', '{"component":"self-scaling","version":"1.0.0"}'],
    ['health', '/v1/health', '{"status":"healthy"}'],
    ['the train values, as strings', VALUES, '{"Future_data":"1","History_data":"28"}'],
    [
      'the components',
      COMPONENTS,
      '{"components":[{"name":"cart","managed":false,"namespace":"shop","kind":"Deployment",' +
        '"apiVersion":"apps/v1","managedBy":"default","otherKinds":[],"replicas":2,' +
        '"replicasReady":2,"conditions":[]}]}',
    ],
  ])('GET of %s', async (_, url, body) => {
    await using rig = await openRig();
    const response = await rig.get(url);
    expect([response.statusCode, response.body]).toEqual([200, body]);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
  });

  test.each([
    [COMPONENTS, ONE, '"Components managed updates sucessfully"'],
    [VALUES, BOTH, '"Train values changed"'],
  ])('POST %s answers with a JSON string, quotes included', async (url, body, text) => {
    await using rig = await openRig();
    const response = await rig.post(url, body);
    expect([response.statusCode, response.body]).toEqual([200, text]);
    expect(response.headers['content-type']).toBe('application/json');
  });
});

describe('a body of another content type is refused, whatever is in it', () => {
  test.each([COMPONENTS, VALUES])('POST %s', async (url) => {
    await using rig = await openRig();
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/problem+json',
      'application/json; charset=iso-8859-1',
      'json',
      '',
    ];
    for (const type of types) {
      const response = await rig.post(url, url === VALUES ? BOTH : ONE, { 'content-type': type });
      expect([type, response.statusCode, response.body]).toEqual([type, 415, NOT_SUPPORTED]);
    }
    expect(rig.settings.writes).toEqual([]);
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON; Charset="utf-8"',
  ])('%s is accepted', async (type) => {
    await using rig = await openRig();
    const components = await rig.post(COMPONENTS, ONE, { 'content-type': type });
    const values = await rig.post(VALUES, BOTH, { 'content-type': type });
    expect([components.statusCode, values.statusCode]).toEqual([200, 200]);
  });

  test('no content type at all is refused, with a body and without', async () => {
    await using rig = await openRig();
    for (const payload of [ONE, undefined]) {
      const asked = { method: 'POST', url: COMPONENTS, ...(payload && { payload }) } as const;
      const response = await rig.app.inject(asked);
      expect([response.statusCode, response.body]).toEqual([415, NOT_SUPPORTED]);
    }
  });
});

const MALFORMED: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['blanks', '  \n '],
  ['half a document', '{"components":[{"name":"cart"'],
  ['a word', 'managed'],
  ['single quotes', "{'components':[]}"],
  ['a comma too many', '{"components":[],}'],
  ['two documents', '{}{}'],
  ['a comment', '{/* all */}'],
  ['NaN', '{"components":NaN}'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"components":[]}', 'utf16le')],
  ['a compressed body', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
  ['an array', '[]'],
  ['a string', '"components"'],
  ['a number', '28'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['a name twice', '{"components":[],"components":[]}'],
  ['a name twice, once escaped', '{"Future_data":1,"History_data":1,"\\u0046uture_data":2}'],
  ['a prototype', '{"__proto__":{"components":[]},"components":[]}'],
  ['brackets without end', '['.repeat(100_000)],
  ['brackets a thousand deep', `{"components":${'['.repeat(1000)}${']'.repeat(1000)}}`],
];

describe('a body that is not what it should be is refused with the text of the contract', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig();
  });
  afterAll(() => rig.app.close());

  test.each(MALFORMED)('%s', async (_, body) => {
    const components = await rig.post(COMPONENTS, body);
    const values = await rig.post(VALUES, body);
    expect([components.statusCode, components.body]).toEqual([400, INVALID_JSON]);
    expect([values.statusCode, values.body]).toEqual([400, ERROR_IN_BODY]);
    expect(rig.settings.writes).toEqual([]);
  });

  test('a body above 256 KiB is a problem that names the status', async () => {
    const response = await rig.post(COMPONENTS, `{"components":"${'x'.repeat(256 * 1024)}"}`);
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ type: 'about:blank', status: 413 });
  });
});

// D14: `not ('name' or 'managed') in keys` tested only the name, and kept the entries before a bad one.
describe('D14 one bad entry changes nothing', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig();
  });
  afterAll(() => rig.app.close());

  const good = '{"name":"cart","managed":true}';
  test.each([
    ['managed missing', '{"name":"pay"}', NOT_BOOLEAN],
    ['managed null', '{"name":"pay","managed":null}', NOT_BOOLEAN],
    ['managed a string', '{"name":"pay","managed":"true"}', NOT_BOOLEAN],
    ['managed a number', '{"name":"pay","managed":1}', NOT_BOOLEAN],
    ['managed an array', '{"name":"pay","managed":[]}', NOT_BOOLEAN],
    ['name missing', '{"managed":true}', INVALID_JSON],
    ['name and managed missing', '{}', INVALID_JSON],
    ['name a number', '{"name":7,"managed":true}', INVALID_JSON],
    ['an entry that is a string', '"pay"', INVALID_JSON],
    ['an entry that is null', 'null', INVALID_JSON],
    ['an unknown member', '{"name":"pay","managed":true,"manged":true}', INVALID_JSON],
    ['a namespace that is a number', '{"name":"pay","managed":true,"namespace":1}', INVALID_JSON],
    ['the opposite for the same one', '{"name":"cart","managed":false}', INVALID_JSON],
    ['a prototype', '{"__proto__":{},"name":"pay","managed":true}', INVALID_JSON],
  ])('%s', async (_, bad, text) => {
    rig.world.views = [aView(), aView({ key: inShop('pay') })];
    const before = await rig.get(COMPONENTS);
    const response = await rig.post(COMPONENTS, `{"components":[${good},${bad}]}`);
    expect([response.statusCode, response.body]).toEqual([400, text]);
    expect((await rig.get(COMPONENTS)).body).toBe(before.body);
    expect(rig.settings.writes).toEqual([]);
  });

  test.each([
    ['components missing', '{}'],
    ['components an object', '{"components":{"name":"cart","managed":true}}'],
    ['components a string', '{"components":"cart"}'],
    ['another member beside it', '{"components":[],"services":[]}'],
  ])('%s', async (_, body) => {
    const response = await rig.post(COMPONENTS, body);
    expect([response.statusCode, response.body]).toEqual([400, INVALID_JSON]);
  });
});

describe('train values', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig();
  });
  afterAll(() => rig.app.close());

  test.each([
    ['zero', '0', '"28"'],
    ['zero as a string', '"0"', '"28"'],
    ['a negative', '-1', '28'],
    ['a negative string', '"-1"', '28'],
    ['a word', '"abc"', '28'],
    ['an empty string', '""', '28'],
    ['a blank', '" "', '28'],
    ['NaN as a string', '"NaN"', '28'],
    ['Infinity as a string', '"Infinity"', '28'],
    ['a number beyond all', '1e400', '28'],
    ['true', 'true', '28'],
    ['null', 'null', '28'],
    ['an array', '[1]', '28'],
    ['an object', '{}', '28'],
    ['a part of a day', '0.5', '28'],
    ['a part of a day as a string', '"1.5"', '28'],
    ['hexadecimal', '"0x1"', '28'],
  ])('%s is not a positive number of days', async (_, future, history) => {
    const response = await rig.post(VALUES, `{"Future_data":${future},"History_data":${history}}`);
    expect([response.statusCode, response.body]).toEqual([400, NOT_POSITIVE]);
  });

  test.each([
    ['one member missing', '{"Future_data":"1"}'],
    ['the other missing', '{"History_data":"1"}'],
    ['an unknown one', '{"Future_data":"1","History_data":"1","Past_data":"1"}'],
    ['another spelling', '{"future_data":"1","history_data":"1"}'],
  ])('%s is an error in the body', async (_, body) => {
    const response = await rig.post(VALUES, body);
    expect([response.statusCode, response.body]).toEqual([400, ERROR_IN_BODY]);
  });

  test.each([
    ['strings', '{"Future_data":"2","History_data":"14"}'],
    ['numbers', '{"Future_data":2,"History_data":14.0}'],
    ['one of each', '{"Future_data":2,"History_data":"14.0"}'],
  ])('%s are read', async (_, body) => {
    await using fresh = await openRig();
    expect((await fresh.post(VALUES, body)).statusCode).toBe(200);
    expect((await fresh.get(VALUES)).body).toBe('{"Future_data":"2","History_data":"14"}');
  });

  test('more than is kept, or than can be foreseen, is refused naming both limits', async () => {
    await using fresh = await openRig();
    const response = await fresh.post(VALUES, '{"Future_data":8,"History_data":91}');
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      detail:
        'History_data is 91 days; the limit is 90 days (the retention of history); ' +
        'Future_data is 8 days; the limit is 7 days (the longest horizon)',
    });
    expect(fresh.settings.writes).toEqual([]);
  });
});

describe('health', () => {
  test('names what fails', async () => {
    await using rig = await openRig();
    rig.world.checks = [
      { name: 'collector', healthy: true },
      { name: 'store', healthy: false, why: 'does not answer' },
    ];
    const response = await rig.get('/v1/health');
    expect([response.statusCode, response.body]).toEqual([
      503,
      '{"status":"unhealthy","failing":[{"name":"store","why":"does not answer"}]}',
    ]);
  });
});

test('components that are not known yet are refused, not shown as none', async () => {
  await using rig = await openRig();
  rig.world.views = 'not known yet';
  expect((await rig.get(COMPONENTS)).json()).toMatchObject({ code: 'KUBE_UNAVAILABLE' });
  expect((await rig.post(COMPONENTS, ONE)).statusCode).toBe(503);
  expect((await rig.get('/v1/train')).statusCode).toBe(503);
});

test('a flag is never acknowledged that the store has not got', async () => {
  await using rig = await openRig();
  rig.settings.isAway = true;
  expect((await rig.post(COMPONENTS, ONE)).json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect((await rig.post(VALUES, BOTH)).json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect((await rig.get(COMPONENTS)).statusCode).toBe(200);
});
