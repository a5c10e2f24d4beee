import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthConfig } from '../../domain/auth-config.ts';
import { epochMs } from '../../domain/units.ts';
import {
  callers,
  D,
  fakeReviewer,
  FRONT_PROXY,
  openMetricsApi,
  testPki,
  type Opened,
  type TestPki,
} from './fixture.ts';

const CART = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
const now = () => epochMs(Date.now());
const boss = { 'x-remote-user': 'boss', 'x-remote-group': 'system:masters' };

let pki: TestPki;
let api: Opened;
let reviewer: ReturnType<typeof fakeReviewer>;
beforeAll(async () => {
  pki = await testPki(now());
  reviewer = fakeReviewer();
  api = await openMetricsApi(pki, { reviewer });
});
afterAll(() => api[Symbol.asyncDispose]());

const messageOf = (body: string): unknown => (JSON.parse(body) as { message?: unknown }).message;
const forbiddenTo = (user: string): string =>
  `predicted-cpu.external.metrics.k8s.io is forbidden: User "${user}" cannot list resource "predicted-cpu" in API group "external.metrics.k8s.io" in the namespace "shop"`;

describe('identity headers', () => {
  test('without a certificate are not believed', async () => {
    const { status, body } = await api.ask(CART, { headers: boss });
    expect([status, messageOf(body)]).toEqual([403, forbiddenTo('system:anonymous')]);
  });

  test('beside a client certificate are not believed, not even with the name of the front proxy', async () => {
    const client = await pki.clients.identify([{ CN: [FRONT_PROXY] }]);
    const { status, body } = await api.ask(CART, { as: client, headers: boss });
    expect([status, messageOf(body)]).toEqual([403, forbiddenTo(FRONT_PROXY)]);
  });

  test('beside a bearer token are not believed', async () => {
    const headers = { ...boss, authorization: 'Bearer valid' };
    await api.ask('/metrics', { headers });
    expect(reviewer.asked.at(-1)?.caller.user).toBe('everything');
  });

  test('of the front proxy are read as they were sent', async () => {
    await api.ask('/metrics', {
      as: pki.frontProxy,
      headers: {
        'X-Remote-User': [Buffer.from('jürgen').toString('latin1'), 'second'],
        'X-Remote-Uid': 'uid-1',
        'X-Remote-Group': ['a,b', 'c'],
        'X-Remote-Extra-Authentication.kubernetes.io%2fCredential-Id': ['X=1', 'X=2'],
        'X-Remote-Extra-bad%zz': 'raw',
      },
    });
    expect(reviewer.asked.at(-1)).toEqual({
      caller: {
        user: 'jürgen',
        uid: 'uid-1',
        groups: ['a,b', 'c', 'system:authenticated'],
        extra: {
          'authentication.kubernetes.io/credential-id': ['X=1', 'X=2'],
          'bad%zz': ['raw'],
        },
      },
      question: { path: '/metrics', verb: 'get' },
    });
  });

  test('of one connection may name somebody else in each request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const seen: unknown[] = [];
    const [u, v] = [{ 'x-remote-user': 'u' }, { 'x-remote-user': 'v' }];
    for (const headers of [
      u,
      { ...u, 'x-remote-group': ['a', 'b'] },
      { ...u, 'x-remote-group': ['a'] },
      { ...u, 'x-remote-group': ['b', 'a'] },
      { ...u, 'x-remote-group': ['b', 'a'], 'x-remote-extra-e': '1' },
      { 'x-remote-extra-e': '1', ...v },
      u,
    ]) {
      await api.ask('/metrics', { as: pki.frontProxy, headers, agent });
      const { user, groups, extra } = reviewer.asked.at(-1)!.caller;
      seen.push([user, groups.slice(0, -1).join(' '), Object.keys(extra).join(' ')]);
    }
    agent.destroy();
    expect(seen).toEqual([
      ['u', '', ''],
      ['u', 'a b', ''],
      ['u', 'a', ''],
      ['u', 'b a', ''],
      ['u', 'b a', 'e'],
      ['v', '', 'e'],
      ['v', '', 'e'], // u was answered from what is known of it, ten seconds long
    ]);
  });

  test('may name 600 groups (line 110)', async () => {
    const groups = Array.from({ length: 600 }, (_, at) => `group-${at}-${'x'.repeat(40)}`);
    const { status } = await api.ask(CART, {
      as: pki.frontProxy,
      headers: { ...callers.H, 'x-remote-group': groups },
    });
    expect(status).toBe(200);
    expect(reviewer.asked.at(-1)?.caller.groups).toHaveLength(601);
  });

  test('of two mebibytes are refused by whoever reads them first (line 111)', async () => {
    const headers = { ...callers.H, 'x-remote-extra-a': 'x'.repeat(2 * 1024 * 1024) };
    const outcome = await api.ask(CART, { as: pki.frontProxy, headers, agent: false }).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect(outcome).toBeOneOf([431, 'closed']);
  });
});

describe('certificates', () => {
  const ask = async (about: Parameters<Opened['ask']>[1]) => (await api.ask(CART, about)).status;

  test('a client is the name in its certificate, with its organisations as groups', async () => {
    const client = await pki.clients.identify([
      { O: ['one'] },
      { O: ['two'] },
      { CN: ['a\nb+c,d'] },
    ]);
    await api.ask('/metrics', { as: client });
    expect(reviewer.asked.at(-1)?.caller).toEqual({
      user: 'a\nb+c,d',
      groups: ['one', 'two', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [
          expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/),
        ],
      },
    });
  });

  test('a client of the masters may do everything, unreviewed', async () => {
    const client = await pki.clients.identify([{ O: ['system:masters'] }, { CN: ['admin'] }]);
    const before = reviewer.asked.length;
    expect([await ask({ as: client }), reviewer.asked.length]).toEqual([200, before]);
  });

  const unbelieved: [string, () => Promise<{ cert: string; key: string }>][] = [
    ['the front proxy with another name', () => pki.front.identify([{ CN: ['another'] }])],
    [
      'a certificate of a server',
      () => pki.front.identify([{ CN: [FRONT_PROXY] }], { usage: 'serverAuth' }),
    ],
    [
      'a certificate whose time is over',
      () => pki.front.identify([{ CN: [FRONT_PROXY] }], { expired: true }),
    ],
    ['an authority that nobody knows', () => pki.strangers.identify([{ CN: [FRONT_PROXY] }])],
    ['an intermediate that is not sent', () => pki.intermediate.identify([{ CN: [FRONT_PROXY] }])],
    [
      'an authority of the same name',
      async () => {
        const { clients } = await testPki(now());
        return clients.identify([{ CN: ['admin'] }]);
      },
    ],
  ];
  test.each(unbelieved)('%s is 401', async (_, client) => {
    expect(await ask({ as: await client(), headers: callers.M })).toBe(401);
  });

  test('the front proxy that names nobody is 401', async () => {
    expect(await ask({ as: pki.frontProxy })).toBe(401);
  });

  test('a front proxy by one intermediate, or two, sent along, is believed', async () => {
    const [near, far] = await Promise.all(
      [pki.intermediate, pki.deeper].map((each) => each.identify([{ CN: [FRONT_PROXY] }])),
    );
    const sent = [
      { ...near!, cert: near!.cert + pki.intermediate.ca },
      { ...far!, cert: far!.cert + pki.deeper.ca + pki.intermediate.ca },
    ];
    const statuses = await Promise.all(sent.map((as) => ask({ as, headers: callers.H })));
    expect(statuses).toEqual([200, 200]);
  });

  test('an unbelieved certificate beside a good token is the token’s user', async () => {
    const stranger = await pki.strangers.identify([{ CN: ['x'] }]);
    expect(await ask({ as: stranger, headers: { authorization: 'Bearer valid' } })).toBe(200);
  });

  test('a good certificate beside a bad token is the certificate’s user', async () => {
    const client = await pki.clients.identify([{ CN: ['everything'] }]);
    expect(await ask({ as: client, headers: { authorization: 'Bearer bad' } })).toBe(200);
  });
});

describe('tokens', () => {
  test.each([
    ['Bearer valid', 200],
    ['bearer valid', 200],
    ['Bearer bad', 401],
    ['Bearer down', 401],
    ['Basic dTpw', 403],
    ['Bearer ', 403],
  ])('%s is %d', async (authorization, expected) => {
    const { status } = await api.ask(CART, { headers: { authorization } });
    expect(status).toBe(expected);
  });

  test('are reviewed once in ten seconds, good or bad; a failure is not remembered', async () => {
    const asked: string[] = [];
    let at = now();
    await using other = await openMetricsApi(pki, {
      now: () => at,
      reviewer: fakeReviewer({
        async whoIs(token) {
          asked.push(token);
          if (token === 'down') throw new Error('down');
          return token === 'good' ? { user: 'everything', groups: [], extra: {} } : undefined;
        },
      }),
    });
    const askWith = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await other.ask(CART, { headers })).status;
    };
    const first = [await askWith('good'), await askWith('bad'), await askWith('down')];
    at = epochMs(at + 9_999);
    const second = [await askWith('good'), await askWith('bad'), await askWith('down')];
    at = epochMs(at + 1);
    await askWith('good');
    expect([first, second]).toEqual([
      [200, 401, 401],
      [200, 401, 401],
    ]);
    expect(asked).toEqual(['good', 'bad', 'down', 'down', 'good']);
  });
});

describe('the configuration of the cluster', () => {
  const open = async (first: AuthConfig | undefined) => {
    let config = first;
    const opened = await openMetricsApi(pki, { authConfig: { current: () => config } });
    return {
      ...opened,
      change: (next: AuthConfig) => {
        config = next;
      },
    };
  };
  const H = () => ({ as: pki.frontProxy, headers: callers.H });

  test('that was never read lets no header be believed, and we are not ready', async () => {
    await using other = await open(undefined);
    const { status } = await other.ask(CART, H());
    const ready = await other.ask('/readyz');
    expect([status, ready.status]).toEqual([401, 500]);
    expect(ready.body).toContain('[-]front-proxy failed: reason withheld\n');
  });

  test('that no longer names an authority ends what an open connection may do', async () => {
    await using other = await open(pki.authConfig());
    const before = await other.ask(CART, H());
    other.change(pki.authConfig({ requestHeaderCa: pki.strangers.ca, generation: '2' }));
    const after = await other.ask(CART, H());
    expect([before.status, after.status]).toEqual([200, 401]);
  });

  test('may hold two authorities while one follows the other', async () => {
    await using other = await open(
      pki.authConfig({ requestHeaderCa: `${pki.strangers.ca}garbage\n${pki.front.ca}` }),
    );
    expect((await other.ask(CART, H())).status).toBe(200);
  });

  test('may call the headers what it likes', async () => {
    await using other = await open(
      pki.authConfig({ usernameHeaders: ['X-First', 'X-Second'], groupHeaders: [] }),
    );
    const headers = { 'x-first': '', 'x-second': 'everything', ...boss };
    expect((await other.ask('/metrics', { as: pki.frontProxy, headers })).status).toBe(200);
  });
});
