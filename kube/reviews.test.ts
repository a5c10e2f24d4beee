import { expect, test } from 'vitest';
import type { Caller } from '../domain/access.ts';
import type { DurationMs } from '../domain/units.ts';
import { fakeKube } from './fake-kube.ts';
import { refusedBy, unreachable } from './refusals.ts';
import { accessReviews } from './reviews.ts';

const signal = new AbortController().signal;
const asked = { method: 'POST', path: '/apis/x' };
const http = (status: number) => refusedBy(asked, { status, body: undefined });
const noAnswer = unreachable(asked, 'https://fake', new Error('ECONNREFUSED'));
const bob: Caller = {
  user: 'bob',
  uid: 'u-bob',
  groups: ['dev', 'with, comma'],
  extra: { 'example.org/scope': ['a', 'b'] },
};

/** Gives the answers in order; an `Error` is thrown. */
function reviewing(...answers: readonly (Error | object)[]) {
  const rest = [...answers];
  const pauses: DurationMs[] = [];
  const { kube, asked: questions } = fakeKube({}, () => {
    const next = rest.shift();
    if (next instanceof Error) throw next;
    return next;
  });
  const pause = async (duration: DurationMs) => void pauses.push(duration);
  return { reviews: accessReviews(kube, { pause, random: () => 0 }), questions, pauses };
}

test('a valid token is somebody, with everything Kubernetes knows of them', async () => {
  const { user, ...rest } = bob;
  const { reviews, questions } = reviewing({
    status: { authenticated: true, user: { username: user, ...rest } },
  });

  expect(await reviews.whoIs('secret', signal)).toEqual(bob);
  expect(questions).toMatchObject([
    {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { kind: 'TokenReview', spec: { token: 'secret' } },
    },
  ]);
});

test('an invalid token is nobody', async () => {
  const { reviews } = reviewing({ status: { user: {}, error: '[invalid bearer token]' } });

  expect(await reviews.whoIs('nonsense', signal)).toBeUndefined();
});

test('access to a resource is asked with the whole identity', async () => {
  const { reviews, questions } = reviewing({ status: { allowed: true, reason: 'RBAC' } });
  const question = {
    namespace: 'shop',
    verb: 'list',
    group: 'external.metrics.k8s.io',
    version: 'v1beta1',
    resource: 'predicted-cpu',
  };

  expect(await reviews.may(bob, question, signal)).toEqual({ allowed: true, reason: 'RBAC' });
  expect(questions).toMatchObject([
    {
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: { spec: { ...bob, resourceAttributes: question } },
    },
  ]);
});

test('access to a path is asked as such', async () => {
  const { reviews, questions } = reviewing({ status: { allowed: false } });
  const question = { path: '/v1/train', verb: 'get' };

  expect(await reviews.may(bob, question, signal)).toEqual({ allowed: false });
  expect(questions).toMatchObject([{ body: { spec: { nonResourceAttributes: question } } }]);
});

test.each([
  ['said to be denied', { allowed: true, denied: true }],
  ['not said to be allowed', {}],
  ['allowed in other words', { allowed: 'true' }],
])('what is %s is not allowed', async (_, status) => {
  const { reviews } = reviewing({ status });

  expect(await reviews.may(bob, { path: '/', verb: 'get' }, signal)).toMatchObject({
    allowed: false,
  });
});

test('no answer, too many requests and faults of the server are asked again, with growing pauses', async () => {
  const { reviews, pauses } = reviewing(noAnswer, http(500), http(429), http(503), {
    status: { allowed: true },
  });

  expect(await reviews.may(bob, { path: '/', verb: 'get' }, signal)).toEqual({ allowed: true });
  expect(pauses).toEqual([500, 750, 1125, 1687.5]);
});

test('after the fifth try the question is undecided', async () => {
  const { reviews, questions } = reviewing(...Array.from({ length: 6 }, () => http(503)));

  await expect(reviews.whoIs('secret', signal)).rejects.toMatchObject({ code: 'REVIEW_FAILED' });
  expect(questions).toHaveLength(5);
});

test('a missing right of ours is not asked again, and leaves the question undecided', async () => {
  const { reviews, questions } = reviewing(http(403));

  await expect(reviews.whoIs('secret', signal)).rejects.toMatchObject({ code: 'REVIEW_FAILED' });
  expect(questions).toHaveLength(1);
});

test.each([
  ['no status', {}],
  ['a valid token of nobody', { status: { authenticated: true, user: {} } }],
])('an answer with %s is no answer', async (_, answer) => {
  const { reviews } = reviewing(answer);

  await expect(reviews.whoIs('secret', signal)).rejects.toMatchObject({ code: 'REVIEW_FAILED' });
});

test('a refusal never tells the token', async () => {
  const { reviews } = reviewing(http(403));
  const refused = await reviews.whoIs('s3cr3t', signal).catch((error: unknown) => error);

  expect(JSON.stringify([refused, String(refused), (refused as Error).cause])).not.toContain(
    's3cr3t',
  );
});
