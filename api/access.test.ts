import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aView, inShop, openRig } from '../test/api-rig.ts';
import type { AccessQuestion, AccessReviewer, Caller } from '../domain/access.ts';
import { refusal } from '../domain/errors.ts';
import { minutes, seconds } from '../domain/units.ts';
import type { Access } from './access.ts';

const BODY = '{"components":[{"name":"cart","namespace":"shop","managed":true}]}';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');

const anna: Caller = { user: 'anna', groups: ['dev'], extra: {} };

/** Knows one token, and allows what `rules` allow; questions are remembered. */
const reviewing = (rules: (question: AccessQuestion) => boolean) => {
  const asked = { tokens: [] as string[], questions: [] as AccessQuestion[] };
  const reviewer: AccessReviewer = {
    async whoIs(token) {
      asked.tokens.push(token);
      return token === 'anna-token' ? anna : undefined;
    },
    async may(_, question) {
      asked.questions.push(question);
      return { allowed: rules(question) };
    },
  };
  return { asked, access: { kind: 'kubernetes', reviewer } satisfies Access };
};

const everything = () => true;

describe('in a cluster', () => {
  test('nobody without a valid token is let in, and is told how to come', async () => {
    const { access, asked } = reviewing(everything);
    await using rig = await openRig({ access });
    for (const headers of [{}, bearer('forged'), { authorization: 'Basic YTpi' }]) {
      const response = await rig.get('/v1/components', headers);
      expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect((await rig.post('/v1/components', BODY)).statusCode).toBe(401);
    expect(asked.tokens).toEqual(['forged']);
    expect(rig.settings.writes).toEqual([]);
  });

  test('who guesses tokens is stopped before Kubernetes is asked again', async () => {
    const { access, asked } = reviewing(everything);
    await using rig = await openRig({ access, limits: { reads: 2, writes: 0, runs: 0 } });
    for (const guess of ['a', 'b', 'c', 'd']) await rig.get('/v1/train-values', bearer(guess));
    expect(asked.tokens).toEqual(['a', 'b']);
  });

  test('a forged identity in a header is nobody', async () => {
    const { access } = reviewing(everything);
    await using rig = await openRig({ access });
    const forged = { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' };
    expect((await rig.get('/v1/components', forged)).statusCode).toBe(401);
  });

  test('the right to the path is reviewed by verb, and calls that act as post', async () => {
    const { access, asked } = reviewing(everything);
    await using rig = await openRig({ access });
    rig.runs.work = () => ({});
    for (const url of ['/v1/train', '/v1/inference', '/v1/train-values', '/v1/runs/train-1']) {
      await rig.get(url, bearer('anna-token'));
    }
    await rig.post('/v1/components', BODY, bearer('anna-token'));
    expect(asked.questions).toEqual([
      { path: '/v1/train', verb: 'post' },
      { path: '/v1/inference', verb: 'post' },
      { path: '/v1/train-values', verb: 'get' },
      { path: '/v1/runs/train-1', verb: 'get' },
      { path: '/v1/components', verb: 'post' },
    ]);
  });

  test('an encoded spelling of a path has the rights of the path', async () => {
    const { access, asked } = reviewing(everything);
    await using rig = await openRig({ access });
    await rig.app.inject({ url: '/v1/%74rain-values', headers: bearer('anna-token') });
    expect(asked.questions).toEqual([{ path: '/v1/train-values', verb: 'get' }]);
  });

  test('who may not is refused, told which right is missing, and nothing happens', async () => {
    const { access } = reviewing(() => false);
    await using rig = await openRig({ access });
    const train = await rig.get('/v1/train', bearer('anna-token'));
    expect([train.statusCode, train.json().needs]).toEqual([403, 'post /v1/train']);
    expect((await rig.post('/v1/components', BODY, bearer('anna-token'))).statusCode).toBe(403);
    expect((await rig.get('/v1/components', bearer('anna-token'))).statusCode).toBe(403);
    expect([rig.runs.started, rig.settings.writes]).toEqual([[], []]);
  });

  test('who changes a flag is written with it', async () => {
    const { access } = reviewing(everything);
    await using rig = await openRig({ access });
    await rig.post('/v1/components', BODY, bearer('anna-token'));
    expect(rig.settings.writes.flat()).toMatchObject([{ changedBy: 'user:anna' }]);
  });

  test('when access cannot be reviewed nobody is let in', async () => {
    const failures = [refusal('REVIEW_FAILED', 'no answer'), new Error('socket hang up')];
    for (const failure of failures) {
      const reviewer: AccessReviewer = {
        whoIs: async () => anna,
        may: async () => {
          throw failure;
        },
      };
      await using rig = await openRig({ access: { kind: 'kubernetes', reviewer } });
      const response = await rig.get('/v1/components', bearer('anna-token'));
      expect([response.statusCode, response.json().code]).toEqual([503, 'REVIEW_FAILED']);
    }
  });

  test('an identity is remembered a minute, a yes five, a no half a minute', async () => {
    const { access, asked } = reviewing(({ verb }) => verb === 'get');
    await using rig = await openRig({ access });
    const askBoth = async (): Promise<void> => {
      await rig.get('/v1/train-values', bearer('anna-token'));
      await rig.get('/v1/train', bearer('anna-token'));
    };
    const counts = () => [asked.tokens.length, asked.questions.length];
    await askBoth();
    await askBoth();
    expect(counts()).toEqual([1, 2]);
    rig.world.now = (rig.world.now + seconds(31)) as typeof rig.world.now;
    await askBoth();
    expect(counts()).toEqual([1, 3]);
    rig.world.now = (rig.world.now + minutes(1)) as typeof rig.world.now;
    await askBoth();
    expect(counts()).toEqual([2, 4]);
    rig.world.now = (rig.world.now + minutes(5)) as typeof rig.world.now;
    await askBoth();
    expect(counts()).toEqual([3, 6]);
  });

  test('what tells nothing about workloads is open', async () => {
    const { access, asked } = reviewing(() => false);
    await using rig = await openRig({ access });
    for (const url of ['/version', '/v1/health', '/v1/api-export', '/openapi.json']) {
      expect((await rig.get(url)).statusCode).toBe(200);
    }
    expect(asked.tokens).toEqual([]);
  });
});

describe('a tenant, who may edit HPAs in one namespace', () => {
  const tenant = (rights: readonly string[]) =>
    reviewing(
      (question) =>
        'resource' in question && rights.includes(question.verb) && question.namespace === 'shop',
    );
  const both = [aView(), aView({ key: { namespace: 'bank', component: 'cart' } })];

  test('sees its namespace and no other', async () => {
    await using rig = await openRig({ access: tenant(['list']).access });
    rig.world.views = both;
    const { components } = (await rig.get('/v1/components', bearer('anna-token'))).json();
    expect(components).toMatchObject([{ namespace: 'shop', name: 'cart' }]);
    const mine = await rig.get('/v1/components/shop/cart', bearer('anna-token'));
    const other = await rig.get('/v1/components/bank/cart', bearer('anna-token'));
    expect([mine.statusCode, other.statusCode]).toEqual([200, 403]);
  });

  test('manages its components, and a name elsewhere does not make it ambiguous', async () => {
    await using rig = await openRig({ access: tenant(['list', 'patch']).access });
    rig.world.views = both;
    const body = '{"components":[{"name":"cart","managed":true}]}';
    expect((await rig.post('/v1/components', body, bearer('anna-token'))).statusCode).toBe(200);
    expect(rig.settings.writes.flat().map(({ name }) => name)).toEqual(['managed/shop/cart']);
  });

  test('one entry it may not change is a refusal of all', async () => {
    await using rig = await openRig({ access: tenant(['list', 'patch']).access });
    rig.world.views = both;
    const entries = [
      { name: 'cart', namespace: 'shop', managed: true },
      { name: 'cart', namespace: 'bank', managed: true },
    ];
    const body = JSON.stringify({ components: entries });
    expect((await rig.post('/v1/components', body, bearer('anna-token'))).statusCode).toBe(403);
    expect(rig.settings.writes).toEqual([]);
  });

  test('does not learn whether something is there that it may not see', async () => {
    await using rig = await openRig({ access: tenant(['list', 'patch']).access });
    rig.world.views = both;
    const statusOf = async (entry: object) =>
      (
        await rig.post(
          '/v1/components',
          JSON.stringify({ components: [{ ...entry, managed: true }] }),
          bearer('anna-token'),
        )
      ).statusCode;
    expect(await statusOf({ name: 'cart', namespace: 'bank' })).toBe(403);
    expect(await statusOf({ name: 'nothing', namespace: 'bank' })).toBe(403);
  });

  test('may not start runs', async () => {
    await using rig = await openRig({ access: tenant(['list', 'patch']).access });
    expect((await rig.get('/v1/train', bearer('anna-token'))).statusCode).toBe(403);
    expect((await rig.post('/v1/train/runs', '', bearer('anna-token'))).statusCode).toBe(403);
    expect(rig.runs.started).toEqual([]);
  });
});

describe('with a token file', () => {
  const access: Access = {
    kind: 'tokens',
    tokens: () => [
      { name: 'grafana', role: 'viewer', sha256: sha256('ss_view') },
      { name: 'ops', role: 'editor', sha256: sha256('ss_edit') },
    ],
  };

  test('viewers read, editors act, others are nobody', async () => {
    await using rig = await openRig({ access });
    rig.runs.work = () => ({});
    const statuses = async (token: string) => [
      (await rig.get('/v1/components', bearer(token))).statusCode,
      (await rig.post('/v1/components', BODY, bearer(token))).statusCode,
      (await rig.get('/v1/inference', bearer(token))).statusCode,
    ];
    expect(await statuses('ss_view')).toEqual([200, 403, 403]);
    expect(await statuses('ss_edit')).toEqual([200, 200, 200]);
    expect(await statuses('ss_none')).toEqual([401, 401, 401]);
  });
});

describe('on loopback', () => {
  test.each(['shop.example', 'localhost.example:8080', '127.0.0.1.example', 'x@localhost'])(
    'the Host %s is not ours: that is DNS rebinding',
    async (host) => {
      await using rig = await openRig();
      expect((await rig.get('/v1/components', { host })).statusCode).toBe(403);
    },
  );

  test.each(['localhost:8080', '127.0.0.1', '[::1]:8080', 'LOCALHOST'])(
    'the Host %s is ours',
    async (host) => {
      await using rig = await openRig();
      expect((await rig.get('/v1/components', { host })).statusCode).toBe(200);
    },
  );

  test.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a page of another site may look at nothing that acts: %o', async (headers) => {
    await using rig = await openRig();
    expect((await rig.get('/v1/train', headers)).statusCode).toBe(403);
    expect((await rig.post('/v1/inference/runs', '', headers)).statusCode).toBe(403);
    expect(rig.runs.started).toEqual([]);
  });

  test('our own page may act', async () => {
    await using rig = await openRig();
    const own = {
      host: 'localhost:8080',
      origin: 'http://localhost:8080',
      'sec-fetch-site': 'same-origin',
    };
    expect((await rig.post('/v1/train/runs', '', own)).statusCode).toBe(202);
  });
});

describe('the audit', () => {
  test('has a line for what was changed, by whom, and none for what was read', async () => {
    const { access } = reviewing(everything);
    await using rig = await openRig({ access });
    await rig.get('/v1/components', bearer('anna-token'));
    await rig.post('/v1/components', BODY, bearer('anna-token'));
    expect(auditOf(rig)).toMatchObject([
      {
        user: 'anna',
        groups: ['dev'],
        sourceIp: '127.0.0.1',
        verb: 'POST',
        path: '/v1/components',
        outcome: 200,
        changed: [{ component: 'shop/cart', member: 'managed', from: false, to: true }],
      },
    ]);
  });

  test('has a line for each refusal, and holds neither token nor body', async () => {
    const { access } = reviewing(() => false);
    await using rig = await openRig({ access });
    rig.world.views = [aView(), aView({ key: inShop('secretly-named') })];
    await rig.get('/v1/train', bearer('anna-token'));
    await rig.get('/v1/components?namespace=x', bearer('forged-token'));
    await rig.post('/v1/components', '{"secret":"s3cret"}', bearer('anna-token'));
    expect(auditOf(rig)).toMatchObject([
      { outcome: 403, user: 'anna', path: '/v1/train' },
      { outcome: 401, path: '/v1/components' },
      { outcome: 400, path: '/v1/components' },
    ]);
    expect(JSON.stringify(rig.log.lines)).not.toMatch(/anna-token|forged-token|s3cret/);
  });
});

const auditOf = (rig: Awaited<ReturnType<typeof openRig>>): object[] =>
  rig.log.lines.flatMap(({ members }) => ('audit' in members ? [members.audit as object] : []));
