import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readmeCommands } from '../readme.ts';
import { ask } from './ask.ts';
import { startOurProcess, type OurProcess } from './our-process.ts';

/** The documented contract, each row over real HTTP against the running program (demo: no cluster needed). */
describe('REST, as documented', () => {
  let folder: string;
  let demo: OurProcess;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'self-scaling-rest-'));
    demo = await startDemo(folder, []);
    url = await urlOf(demo);
  });
  afterAll(async () => {
    await demo?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (method: string, path: string, body?: string, contentType?: string) => {
    const answer = await ask(`${url}${path}`, {
      method,
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { contentType }),
    });
    return [answer.status, answer.text] as const;
  };
  const components = (...entries: object[]): string => JSON.stringify({ components: entries });

  test('components are listed by name, namespace, kind and flag', async () => {
    const [status, text] = await call('GET', '/v1/components');
    expect(status).toBe(200);
    expect(JSON.parse(text).components).toContainEqual(
      expect.objectContaining({
        name: 'cart',
        managed: true,
        namespace: 'shop',
        kind: 'Deployment',
      }),
    );
  });

  test.each([
    [
      'components',
      '/v1/components',
      components({ name: 'cart', managed: true }),
      '"Components managed updates sucessfully"',
    ],
    [
      'train values',
      '/v1/train-values',
      '{"Future_data":"1","History_data":"28"}',
      '"Train values changed"',
    ],
    [
      'train values as numbers',
      '/v1/train-values',
      '{"Future_data":1,"History_data":28}',
      '"Train values changed"',
    ],
  ])('%s are changed, with and without a charset', async (_, path, body, text) => {
    expect(await call('POST', path, body)).toEqual([200, text]);
    expect(await call('POST', path, body, 'application/json; charset=utf-8')).toEqual([200, text]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', ''])(
    'content type "%s" is refused on both',
    async (type) => {
      const refused = [415, '"Content-Type not supported!"'];
      expect(await call('POST', '/v1/components', components(), type)).toEqual(refused);
      expect(await call('POST', '/v1/train-values', '{}', type)).toEqual(refused);
    },
  );

  test.each([
    ['nothing', ''],
    ['half of it', '{"components":['],
    ['no JSON at all', 'components=cart'],
    ['a text', '"components"'],
    ['a number', '7'],
    ['null', 'null'],
    ['an array', '[]'],
    ['an empty object', '{}'],
    ['single quotes', "{'components':[]}"],
    ['a trailing comma', '{"components":[],}'],
    ['components that are no list', '{"components":{}}'],
    ['an entry that is no object', '{"components":[1]}'],
    ['an entry without a name', '{"components":[{"managed":true}]}'],
    ['an unknown member', '{"components":[],"Future_data":"1","History_data":"28","x":1}'],
  ])('a body of %s is refused on both, and nothing changes', async (_, body) => {
    const before = await Promise.all([
      call('GET', '/v1/components'),
      call('GET', '/v1/train-values'),
    ]);
    expect(await call('POST', '/v1/components', body)).toEqual([400, '"Invalid JSON"']);
    expect(await call('POST', '/v1/train-values', body)).toEqual([400, '"Error in json body"']);
    const [, flags] = before;
    expect(await call('GET', '/v1/train-values')).toEqual(flags);
  });

  test.each([['true'], [1], [null], [[true]], [undefined]])(
    'managed: %j is refused, and the good entry before it is not kept',
    async (managed) => {
      const body = components({ name: 'web', managed: false }, { name: 'cart', managed });
      const refused = [400, '"Managed components must be true or false"'];
      expect(await call('POST', '/v1/components', body)).toEqual(refused);
      const listed = JSON.parse((await call('GET', '/v1/components'))[1]).components;
      expect(listed).toContainEqual(expect.objectContaining({ name: 'web', managed: true }));
    },
  );

  test('an unknown component is a problem that names it, and changes nothing', async () => {
    const body = components({ name: 'web', managed: false }, { name: 'ghost', managed: true });
    const [status, text] = await call('POST', '/v1/components', body);
    expect([status, JSON.parse(text)]).toEqual([
      404,
      expect.objectContaining({
        title: expect.any(String),
        status: 404,
        detail: expect.stringContaining('ghost'),
      }),
    ]);
  });

  test.each(['0', '-1', 'abc', '', 'NaN', '1e999'])(
    'a train value of "%s" is refused',
    async (value) => {
      const refused = [400, '"Values must be positive numbers"'];
      const one = JSON.stringify({ Future_data: value, History_data: '28' });
      const other = JSON.stringify({ Future_data: '1', History_data: value });
      expect(await call('POST', '/v1/train-values', one)).toEqual(refused);
      expect(await call('POST', '/v1/train-values', other)).toEqual(refused);
    },
  );

  test('a train value above its limit is a problem that names the limit', async () => {
    const [status, text] = await call(
      'POST',
      '/v1/train-values',
      '{"Future_data":"400","History_data":"4000"}',
    );
    expect([status, JSON.parse(text).detail]).toEqual([400, expect.stringContaining('90')]);
  });

  test('train values are told as texts', async () => {
    const wanted = [200, '{"Future_data":"1","History_data":"28"}'];
    expect(await call('GET', '/v1/train-values')).toEqual(wanted);
  });

  test('twenty who ask for training at once make one run', async () => {
    const runs = async () => JSON.parse((await call('GET', '/v1/train/runs'))[1]).items.length;
    const before = await runs();
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('GET', '/v1/train')));
    expect(new Set(answers.map(String))).toEqual(
      new Set(['200,"Train module executed successfully"']),
    );
    expect(await runs()).toBe(before + 1);
  });

  test('the rest of the table', async () => {
    expect(await call('GET', '/v1/inference')).toEqual([200, '"Infence complete sucessfully"']);
    expect(await call('GET', '/version')).toEqual([
      200,
      '{"component":"self-scaling","version":"1.0.0"}',
    ]);
    expect(await call('GET', '/v1/health')).toEqual([200, '{"status":"healthy"}']);
    const [status, text] = await call('GET', '/v1/api-export');
    expect([status, JSON.parse(text).openapi]).toEqual([200, '3.0.3']);
  });

  test('too little history is told as a whole, and per component in the run', async () => {
    const start = Math.floor(Date.now() / 900_000) * 900;
    const rows = Array.from({ length: 40 }, (_, index) => `${start - (40 - index) * 900},0.5`);
    const input = join(folder, 'short.csv');
    await writeFile(input, ['timestamp,value', ...rows, ''].join('\n'));
    await using young = await startDemo(join(folder, 'young'), ['--input', input]);
    const at = await urlOf(young);
    const answer = await ask(`${at}/v1/train`);
    expect([answer.status, answer.text]).toEqual([409, '"Insufficient data"']);
    expect((await ask(`${at}/v1/train/runs`)).text).toContain('HISTORY_TOO_SHORT');
  });

  test('the curl commands of the README do what it says', async () => {
    const { text: line } = await demo.says('where metrics are', ({ text }) =>
      text.includes('--cacert'),
    );
    const [, ca = '', metrics = ''] = /--cacert (\S+) '(https:\/\/[^/]+)/.exec(line) ?? [];
    const curls = readmeCommands().filter((command) => command.startsWith('curl'));
    const outputs = await Promise.all(
      curls.map(async (command) => {
        const here = command
          .replace(/http:\/\/127\.0\.0\.1:\d+/, url)
          .replace(/https:\/\/localhost:\d+/, metrics)
          .replace(/--cacert \S+/, `--cacert ${ca}`);
        const { stdout } = await promisify(execFile)('bash', ['-c', `${here} --silent --fail`]);
        return stdout;
      }),
    );
    expect(outputs).toEqual([
      expect.stringContaining('"name":"cart"'),
      expect.stringContaining('"level":0.99'),
      expect.stringMatching(/"metricName": ?"predicted-cpu"/),
      '"Components managed updates sucessfully"',
    ]);
  });

  test('a signal ends it in order', async () => {
    expect(await demo.stop('SIGTERM')).toBe(0);
  });
});

const startDemo = (folder: string, more: readonly string[]): Promise<OurProcess> =>
  startOurProcess({
    role: 'demo',
    folder,
    args: [
      '--data',
      join(folder, 'data'),
      '--speed',
      '1',
      '--api-port',
      '0',
      '--metrics-port',
      '0',
      '--ops-port',
      '0',
      ...more,
    ],
  });

async function urlOf(demo: OurProcess): Promise<string> {
  const { text } = await demo.says(
    'where REST is',
    (line) => /^\s*curl http\S+\/v1\/components/.test(line.text),
    60_000,
  );
  return text.replace(/^\s*curl (?<origin>http:\/\/[^/]+).*$/, '$<origin>');
}
