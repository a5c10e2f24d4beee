import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessReviewer, Verdict } from '../../domain/access.ts';
import { refusal } from '../../domain/errors.ts';
import { durationMs, epochMs, seconds, type EpochMs } from '../../domain/units.ts';
import {
  callers,
  D,
  fakeReviewer,
  openMetricsApi,
  testPki,
  type Opened,
  type TestPki,
} from './fixture.ts';

const PATH = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3D`;
const CART = `${PATH}cart`;

let pki: TestPki;
beforeAll(async () => {
  pki = await testPki(epochMs(Date.now()));
});

/** A server whose reviews are answered by `may`, at a moment that moves when told to. */
async function open(may: AccessReviewer['may'], limits = {}) {
  let at = epochMs(Date.now());
  const reviewer = fakeReviewer({ may });
  const api = await openMetricsApi(pki, { reviewer, now: () => at }, limits);
  return {
    ...api,
    reviewer,
    later: (by: number): EpochMs => (at = epochMs(at + by)),
    askAs: (who: keyof typeof callers, path = CART) =>
      api.ask(path, { as: pki.frontProxy, headers: callers[who] }),
  };
}
const allowed: Verdict = { allowed: true };
const denied: Verdict = { allowed: false };

describe('what is asked', () => {
  test('is a list of the metric in its namespace, whatever the selector', async () => {
    await using api = await open(async () => allowed);
    await api.askAs('H');
    await api.askAs('H', `${PATH}old`);
    await api.askAs('H', CART.replace('predicted', 'Predicted'));
    expect(api.reviewer.asked.map(({ question }) => question)).toEqual([
      {
        namespace: 'shop',
        verb: 'list',
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        resource: 'predicted-cpu',
      },
    ]);
  });

  test.each([
    ['POST', 'create'],
    ['PUT', 'update'],
    ['PATCH', 'patch'],
    ['DELETE', 'deletecollection'],
    ['HEAD', 'list'],
  ])('of a metric by %s is %s', async (method, verb) => {
    await using api = await open(async () => denied);
    const { status } = await api.ask(CART, { method, as: pki.frontProxy, headers: callers.H });
    expect([status, api.reviewer.asked.at(-1)?.question.verb]).toEqual([403, verb]);
  });

  test('is nothing for masters and for the health of the server', async () => {
    await using api = await open(async () => denied);
    const replies = [await api.askAs('M'), await api.ask('/readyz'), await api.ask('/livez')];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(api.reviewer.asked).toEqual([]);
  });
});

describe('a verdict', () => {
  test('that allows holds a minute, and is renewed before anybody waits', async () => {
    await using api = await open(async () => allowed);
    const asked = async (after: number): Promise<number> => {
      api.later(after);
      await api.askAs('H');
      return api.reviewer.asked.length;
    };
    const [first, soon, later, before] = [0, 15_000, 15_000, 14_999];
    expect([
      await asked(first),
      await asked(soon),
      await asked(later),
      await asked(before),
    ]).toEqual([1, 1, 1, 1]);
    expect([await asked(1), await asked(14_999)]).toEqual([1, 2]);
  });

  test.each([
    ['every 15 s, as one HPA asks', 15_000, 7],
    ['every 2 s, as several ask', 2000, 6],
  ])('of one who asks %s is renewed in time', async (_, every, reviews) => {
    await using api = await open(async () => allowed);
    for (let at = 0; at < 300_000; at += every) {
      await api.askAs('H');
      api.later(every);
    }
    expect(api.reviewer.asked).toHaveLength(reviews);
  });

  test('that denies holds ten seconds (line 114)', async () => {
    let verdict = denied;
    await using api = await open(async () => verdict);
    const statusAfter = async (after: number): Promise<number> => {
      api.later(after);
      return (await api.askAs('H')).status;
    };
    const first = await statusAfter(0);
    verdict = allowed;
    expect([first, await statusAfter(9_999), await statusAfter(1)]).toEqual([403, 403, 200]);
  });

  test('that could not be renewed holds its minute, and no longer', async () => {
    let isDown = false;
    await using api = await open(async () => {
      if (isDown) throw refusal('REVIEW_FAILED', 'down');
      return allowed;
    });
    const first = await api.askAs('H');
    isDown = true;
    api.later(59_999);
    const second = await api.askAs('H');
    api.later(1);
    const third = await api.askAs('H');
    expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 500]);
  });

  test('is asked for once by all who wait for it', async () => {
    const gate = Promise.withResolvers<Verdict>();
    await using api = await open(() => gate.promise);
    const waiting = Array.from({ length: 20 }, () => api.askAs('H'));
    while (api.reviewer.asked.length === 0) await new Promise(setImmediate);
    gate.resolve(allowed);
    const replies = await Promise.all(waiting);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(api.reviewer.asked).toHaveLength(1);
  });

  test('with a reason shows it', async () => {
    await using api = await open(async () => ({ allowed: false, reason: 'no such <role>' }));
    const { body, headers } = await api.askAs('U');
    expect(JSON.parse(body)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'predicted-cpu.external.metrics.k8s.io is forbidden: User "u" cannot list resource "predicted-cpu" in API group "external.metrics.k8s.io" in the namespace "shop": no such <role>',
      reason: 'Forbidden',
      details: { group: 'external.metrics.k8s.io', kind: 'predicted-cpu' },
      code: 403,
    });
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('when access cannot be reviewed nobody is let in', () => {
  const undecided = `Internal Server Error: "${CART.replaceAll('&', '&amp;')}": access could not be reviewed\n`;

  test.each<[string, AccessReviewer['may']]>([
    [
      'the review fails (line 112)',
      async () => Promise.reject(refusal('REVIEW_FAILED', 'connection refused')),
    ],
    ['the reviewer has a bug', async () => Promise.reject(new TypeError('x is not a function'))],
    ['the review hangs (line 113)', () => new Promise(() => {})],
  ])('%s', async (_, may) => {
    await using api = await open(may, { reviewLimit: durationMs(20) });
    const { status, body, headers } = await api.askAs('H');
    expect([status, body, headers['content-type']]).toEqual([
      500,
      undecided,
      'text/plain; charset=utf-8',
    ]);
  });

  test('masters and health need no review', async () => {
    await using api = await open(() => new Promise(() => {}), { reviewLimit: durationMs(20) });
    const replies = [await api.askAs('M', D), await api.ask('/livez')];
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('too many at once', () => {
  let api: Opened;
  const gate = Promise.withResolvers<Verdict>();
  beforeAll(async () => {
    const reviewer = fakeReviewer({ may: () => gate.promise });
    api = await openMetricsApi(pki, { reviewer }, { requestLimit: 3, reviewLimit: seconds(60) });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  test('one more is refused without a Retry-After; masters and health are not (line 115)', async () => {
    const ask = (path: string, who: keyof typeof callers) =>
      api.ask(path, { as: pki.frontProxy, headers: callers[who] });
    const waiting = ['a', 'b', 'c'].map((name) => ask(CART.replace('shop', name), 'H'));
    let refused = await ask('/metrics', 'U').catch(() => undefined);
    while (refused?.status !== 429) refused = await ask(CART.replace('shop', 'd'), 'H');
    const [master, health] = [await ask(D, 'M'), await api.ask('/readyz')];
    gate.resolve(allowed);
    expect(JSON.parse(refused.body)).toMatchObject({
      message: 'too many requests',
      reason: 'TooManyRequests',
    });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect([master.status, health.status]).toEqual([200, 200]);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});

test('strangers who keep us waiting do not lock out who is known to be allowed', async () => {
  const gate = Promise.withResolvers<Verdict>();
  const may = (_: unknown, question: object) =>
    'namespace' in question && question.namespace === 'shop'
      ? Promise.resolve(allowed)
      : gate.promise;
  const reviewer = fakeReviewer({ may });
  await using api = await openMetricsApi(pki, { reviewer }, { requestLimit: 3 });
  const ask = (path: string) => api.ask(path, { as: pki.frontProxy, headers: callers.H });
  expect((await ask(CART)).status).toBe(200);
  const waiting = ['a', 'b', 'c'].map((name) => ask(CART.replace('shop', name)));
  let stranger = await ask('/metrics').catch(() => undefined);
  while (stranger?.status !== 429) stranger = await ask(CART.replace('shop', 'd'));
  expect((await ask(CART)).status).toBe(200);
  gate.resolve(allowed);
  await Promise.all(waiting);
});
