import { expect, test } from 'vitest';
import { inShop, openRig } from '../test/api-rig.ts';
import { cart } from '../test/builders.ts';
import type { Run, RunResult } from '../domain/run.ts';

const trained = { key: cart, result: 'trained' } as const;
const skipped: RunResult = { key: inShop('new'), result: 'skipped', reason: 'HISTORY_TOO_SHORT' };
const short: RunResult = {
  key: inShop('gaps'),
  result: 'failed',
  reason: 'HISTORY_TOO_SHORT: have 3 buckets',
};
const broken: RunResult = { key: inShop('odd'), result: 'failed', reason: 'MODEL_FAILING' };

const endingAs = async (url: string, about: Partial<Run>) => {
  await using rig = await openRig();
  rig.runs.work = () => about;
  const response = await rig.get(url);
  return [response.statusCode, response.body];
};

test.each<readonly [string, readonly RunResult[], number, string]>([
  ['all trained', [trained], 200, '"Train module executed successfully"'],
  [
    'one trained is enough',
    [skipped, trained, broken],
    200,
    '"Train module executed successfully"',
  ],
  ['none had enough', [skipped, short], 409, '"Insufficient data"'],
  ['there was no history at all', [], 409, '"Insufficient data"'],
])('GET /v1/train when %s', async (_, results, status, text) => {
  expect(await endingAs('/v1/train', { results })).toEqual([status, text]);
});

test.each<readonly [string, Partial<Run>]>([
  ['the run failed', { state: 'failed', reason: 'the worker ran out of memory' }],
  ['every component failed, and not for its data', { results: [skipped, broken] }],
])('GET /v1/train is a failure of ours when %s', async (_, about) => {
  const [status, body] = await endingAs('/v1/train', about);
  expect(status).toBe(500);
  expect(JSON.parse(String(body))).toMatchObject({
    code: 'TRAINING_FAILED',
    run: expect.stringMatching(/^train-\d+$/),
  });
  expect(body).not.toContain('memory');
});

test('GET /v1/train without any component starts nothing', async () => {
  await using rig = await openRig();
  rig.world.views = [];
  const response = await rig.get('/v1/train');
  expect([response.statusCode, response.body]).toEqual([409, '"Not components to train"']);
  expect(rig.runs.started).toEqual([]);
});

test('GET /v1/inference says the outcome and keeps the cause to the log', async () => {
  expect(await endingAs('/v1/inference', {})).toEqual([200, '"Infence complete sucessfully"']);
  const failed = { state: 'failed', reason: 'a secret of the API server' } as const;
  expect(await endingAs('/v1/inference', failed)).toEqual([
    500,
    '"Error in execution Inference Module"',
  ]);
});

test('a bug while inference runs is the same text, and is logged', async () => {
  await using rig = await openRig();
  rig.runs.waitForEnd = async () => {
    throw new TypeError('x is undefined');
  };
  const response = await rig.get('/v1/inference');
  expect([response.statusCode, response.body]).toEqual([
    500,
    '"Error in execution Inference Module"',
  ]);
  expect(rig.log.lines.map(({ level }) => level)).toContain('error');
});

test('calls that act are never kept by a cache, and have no HEAD', async () => {
  await using rig = await openRig();
  rig.runs.work = () => ({ results: [trained] });
  for (const url of ['/v1/train', '/v1/inference']) {
    expect((await rig.get(url)).headers['cache-control']).toBe('no-store');
    const head = await rig.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.headers.allow]).toEqual([405, 'GET']);
  }
  expect(rig.runs.started).toHaveLength(2);
});

test('twenty at once are one run, over real sockets, and joining is no start', async () => {
  await using rig = await openRig({ limits: { reads: 0, writes: 0, runs: 1 } });
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const calls = Array.from({ length: 20 }, () => fetch(`${origin}/v1/train`));
  await turnsUntil(() => rig.runs.waiters() === calls.length);
  rig.runs.end(rig.runs.started[0]?.id ?? '', { results: [trained] });
  const answers = await Promise.all(calls);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(texts)).toEqual(new Set(['"Train module executed successfully"']));
  expect(rig.runs.started).toHaveLength(1);
});

test('a run that is waiting or running is joined, one that ended is not', async () => {
  await using rig = await openRig();
  const first = await rig.post('/v1/train/runs', '');
  const second = await rig.post('/v1/train/runs', '{}');
  expect([first.json().joined, second.json().joined]).toEqual([false, true]);
  expect(second.json().id).toBe(first.json().id);
  rig.runs.end(first.json().id, {});
  const third = await rig.post('/v1/train/runs', '');
  expect(third.json()).toMatchObject({ joined: false, state: 'waiting', trigger: 'rest' });
  expect(third.json().id).not.toBe(first.json().id);
});

test('training and inference do not join each other', async () => {
  await using rig = await openRig();
  await rig.post('/v1/train/runs', '');
  await rig.post('/v1/inference/runs', '');
  expect(rig.runs.started.map(({ kind }) => kind)).toEqual(['train', 'inference']);
});

test('a caller who leaves does not stop the run', async () => {
  await using rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const leaving = new AbortController();
  const call = fetch(`${origin}/v1/train`, { signal: leaving.signal }).catch(() => 'left');
  await turnsUntil(() => rig.runs.waiters() === 1);
  leaving.abort();
  expect(await call).toBe('left');
  const id = rig.runs.started[0]?.id ?? '';
  expect(await rig.runs.get(id)).toMatchObject({ state: 'waiting' });
  rig.runs.end(id, { results: [trained] });
  expect((await rig.get(`/v1/runs/${id}`)).json()).toMatchObject({ state: 'done' });
});

test('closing lets go of those who wait, and tells them where the run is', async () => {
  const rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const call = fetch(`${origin}/v1/train`);
  await turnsUntil(() => rig.runs.waiters() === 1);
  await rig.app.close();
  const answer = await call;
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain(`/v1/runs/${rig.runs.started[0]?.id}`);
});

test('a store that is away is said, and nothing is started', async () => {
  await using rig = await openRig();
  rig.runs.isAway = true;
  for (const url of ['/v1/train', '/v1/inference']) {
    expect((await rig.get(url)).json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  }
});

/** The calls come by sockets, so the loop must turn until they are there. */
const turnsUntil = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
