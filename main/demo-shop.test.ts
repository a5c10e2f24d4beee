import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { epochMs, STEP } from '../domain/units.ts';
import { comfortableReplicas } from '../forecast/replay/component-trace.ts';
import { openingIn, tracePlay } from './demo-shop.ts';

const OPENS_AT = epochMs(Date.UTC(2026, 10, 24));

async function scratch(house: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-demo-shop-'));
  house.defer(async () => await rm(folder, { recursive: true }));
  return folder;
}

test('a folder keeps one play: the same goes on, another is refused with the way out', async () => {
  await using house = new AsyncDisposableStack();
  const folder = join(await scratch(house), 'demo');
  const first = await openingIn(folder, { seed: 1 }, OPENS_AT);
  expect(await openingIn(folder, { seed: 1 }, epochMs(OPENS_AT + STEP))).toEqual(first);
  const refused = {
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(
      'holds the shop of seed 1, not the trace cart.csv; name another',
    ),
  };
  const trace = { seed: 1, input: '/somewhere/cart.csv' };
  await expect(openingIn(folder, trace, OPENS_AT)).rejects.toMatchObject(refused);
});

test('a folder that cannot be made, or whose opening is damaged, is a mistake of the user', async () => {
  await using house = new AsyncDisposableStack();
  const folder = await scratch(house);
  await writeFile(join(folder, 'opening.json'), 'garbage');
  const mistake = { code: 'CONFIG_INVALID' };
  await expect(openingIn(folder, { seed: 1 }, OPENS_AT)).rejects.toMatchObject(mistake);
  const below = join(folder, 'opening.json', 'below');
  await expect(openingIn(below, { seed: 1 }, OPENS_AT)).rejects.toMatchObject(mistake);
});

test('a trace of values alone moves replicas by its values: the assumed memory fits one pod', async () => {
  await using house = new AsyncDisposableStack();
  const file = join(await scratch(house), 'cart.csv');
  await writeFile(file, 'timestamp,value\n0,1\n900,4\n');
  const { traces } = await tracePlay(file, OPENS_AT, new AbortController().signal);
  const replicas = traces.map((trace) => [
    comfortableReplicas(trace, trace.usageAt(epochMs(OPENS_AT - 2 * STEP))),
    comfortableReplicas(trace, trace.usageAt(epochMs(OPENS_AT - STEP))),
  ]);
  expect(replicas).toEqual([[2, 6]]);
});

test('a trace that cannot be read is a mistake of the user', async () => {
  const played = tracePlay('/there/is/none.csv', OPENS_AT, new AbortController().signal);
  await expect(played).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});
