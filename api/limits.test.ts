import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openRig } from '../test/api-rig.ts';
import type { Access } from './access.ts';

const VALUES = '{"Future_data":"1","History_data":"7"}';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokens: Access = {
  kind: 'tokens',
  tokens: () =>
    ['anna', 'bert'].map((name) => ({
      name,
      role: 'editor',
      sha256: createHash('sha256').update(name).digest('hex'),
    })),
};

test('reads and writes are counted apart; one too many is told when to come back', async () => {
  await using rig = await openRig({ limits: { reads: 2, writes: 1, runs: 0 } });
  const reads = [];
  for (let call = 0; call < 3; call += 1) reads.push(await rig.get('/v1/train-values'));
  expect(reads.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
  expect(reads[2]?.json()).toMatchObject({ code: 'RATE_LIMITED', limit: 2 });
  expect(Number(reads[2]?.headers['retry-after'])).toBeGreaterThan(0);
  expect((await rig.post('/v1/train-values', VALUES)).statusCode).toBe(200);
  expect((await rig.post('/v1/train-values', VALUES)).statusCode).toBe(429);
});

test('identities are counted apart', async () => {
  await using rig = await openRig({ access: tokens, limits: { reads: 1, writes: 0, runs: 0 } });
  const statusFor = async (name: string) =>
    (await rig.get('/v1/train-values', bearer(name))).statusCode;
  expect(await statusFor('anna')).toBe(200);
  expect(await statusFor('anna')).toBe(429);
  expect(await statusFor('bert')).toBe(200);
});

test('run starts have a limit of their own, and joining is free', async () => {
  await using rig = await openRig({ limits: { reads: 0, writes: 0, runs: 1 } });
  const start = async () => await rig.post('/v1/train/runs', '');
  const first = await start();
  expect((await start()).statusCode).toBe(202);
  rig.runs.end(first.json().id, {});
  expect((await start()).statusCode).toBe(429);
  expect((await rig.get('/v1/inference')).statusCode).toBe(429);
  expect(rig.runs.started).toHaveLength(1);
});

test('one caller over the limit does not take the others along', async () => {
  await using rig = await openRig({ access: tokens, limits: { reads: 0, writes: 0, runs: 1 } });
  const start = async (name: string) => await rig.post('/v1/train/runs', '', bearer(name));
  rig.runs.end((await start('anna')).json().id, {});
  const [anna, bert] = await Promise.all([start('anna'), start('bert')]);
  expect([anna.statusCode, bert.statusCode]).toEqual([429, 202]);
});

test('who guesses tokens is stopped before they are looked at', async () => {
  await using rig = await openRig({ access: tokens, limits: { reads: 2, writes: 0, runs: 0 } });
  const statusFor = async (token: string) =>
    (await rig.get('/v1/train-values', bearer(token))).statusCode;
  expect([await statusFor('a'), await statusFor('b'), await statusFor('c')]).toEqual([
    401, 401, 429,
  ]);
});
