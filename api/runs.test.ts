import { expect, test } from 'vitest';
import { inShop, openRig } from '../test/api-rig.ts';
import { cart, TEN } from '../test/builders.ts';

const idOf = (response: { json(): { id: string } }): string => response.json().id;

test('a run is accepted, placed, and told as it is', async () => {
  await using rig = await openRig();
  const accepted = await rig.post('/v1/inference/runs', '');
  expect([accepted.statusCode, accepted.headers.location]).toEqual([
    202,
    `/v1/runs/inference-${TEN}`,
  ]);
  rig.runs.end(idOf(accepted), {
    done: 2,
    total: 2,
    attempts: 1,
    startedAt: TEN,
    results: [
      { key: cart, result: 'applied' },
      { key: inShop('pay'), result: 'failed', reason: 'ExistingHPA' },
    ],
  });
  expect((await rig.get(`/v1/runs/${idOf(accepted)}`)).json()).toEqual({
    id: `inference-${TEN}`,
    kind: 'inference',
    state: 'done',
    trigger: 'rest',
    done: 2,
    total: 2,
    attempts: 1,
    createdAt: '2026-11-24T10:00:00Z',
    startedAt: '2026-11-24T10:00:00Z',
    endedAt: '2026-11-24T10:00:00Z',
    components: [
      { namespace: 'shop', name: 'cart', result: 'applied' },
      { namespace: 'shop', name: 'pay', result: 'failed', reason: 'ExistingHPA' },
    ],
  });
});

test('runs of a kind are listed, newest first', async () => {
  await using rig = await openRig();
  rig.runs.work = () => ({});
  for (const kind of ['train', 'inference', 'train']) await rig.post(`/v1/${kind}/runs`, '');
  const { items, total } = (await rig.get('/v1/train/runs')).json();
  expect([items.map(({ id }: { id: string }) => id), total]).toEqual([
    [`train-${TEN + 1}`, `train-${TEN}`],
    2,
  ]);
});

test('an unknown run is refused', async () => {
  await using rig = await openRig();
  expect((await rig.get('/v1/runs/train-7')).json()).toMatchObject({
    code: 'RUN_NOT_FOUND',
    status: 404,
  });
});

test('one may wait for the end of a run', async () => {
  await using rig = await openRig();
  const id = idOf(await rig.post('/v1/train/runs', ''));
  const [answer] = await Promise.all([
    rig.get(`/v1/runs/${id}?wait=60s`),
    (async () => {
      while (rig.runs.waiters() === 0) await new Promise((resolve) => setImmediate(resolve));
      rig.runs.end(id, {});
    })(),
  ]);
  expect(answer.json()).toMatchObject({ state: 'done' });
});

test.each(['0s', '61s', '5m', '30', '-1s'])('a wait of %s is refused', async (wait) => {
  await using rig = await openRig();
  expect((await rig.get(`/v1/runs/train-1?wait=${wait}`)).statusCode).toBe(400);
});

test.each(['{"components":["cart"]}', '[]', 'x', 'null'])(
  'a run takes no members, so %s is refused',
  async (body) => {
    await using rig = await openRig();
    expect((await rig.post('/v1/train/runs', body)).json()).toMatchObject({
      code: 'REQUEST_INVALID',
    });
    expect(rig.runs.started).toEqual([]);
  },
);
