import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { openRig } from '../test/api-rig.ts';

test('every answer is told for the metrics, by its pattern and never by its path', async () => {
  await using rig = await openRig();
  rig.world.answered.length = 0;
  await rig.get('/v1/runs/train-1');
  await rig.get('/v1/nothing/of/the/kind');
  expect(rig.world.answered).toMatchObject([
    { route: '/v1/runs/:id', method: 'GET', code: 404 },
    { route: 'other', method: 'GET', code: 404 },
  ]);
});

test('the listener is the one that is handed in, so that the hall may bring TLS', async () => {
  const made: object[] = [];
  await using rig = await openRig({
    createServer: (listener) => {
      const server = createServer(listener);
      made.push(server);
      return server;
    },
  });
  expect(made).toEqual([rig.app.server]);
});

test('nothing that is answered may be kept', async () => {
  await using rig = await openRig();
  for (const url of ['/version', '/v1/components', '/v1/nothing']) {
    expect((await rig.get(url)).headers['cache-control']).toBe('no-store');
  }
});
