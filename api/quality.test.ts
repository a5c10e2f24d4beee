import { expect, test } from 'vitest';
import type { Reading } from '../domain/reading.ts';
import type { Score } from '../domain/score.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { days, epochMs, STEP } from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';
import { openRig } from '../test/api-rig.ts';
import { cart, TEN } from '../test/builders.ts';

const AT = '/v1/components/shop/cart';
const TODAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const score = (about: Partial<Score> = {}): Score => ({
  key: cart,
  resource: 'cpu',
  model: 'network',
  lead: 1,
  at: epochMs(TODAY - days(1)),
  mae: 0.125,
  mase: 0.75,
  pinball: 0.5,
  coverage: 0.75,
  skill: 0.5,
  n: 96,
  bias: -0.25,
  belowQ90: 0.875,
  ...about,
});
const said = (step: number, about: Partial<Vintage> = {}): Vintage => ({
  key: cart,
  resource: 'cpu',
  lead: 16,
  at: epochMs(TEN + step * STEP),
  issuedAt: epochMs(TEN + (step - 16) * STEP),
  model: 'network',
  levels: [0.5, 0.9],
  values: Float64Array.of(1, 2),
  ...about,
});
const reading = (kind: Reading): Snapshot => ({
  at: TEN,
  facts: () => undefined,
  issue: () => undefined,
  read: () => kind,
});

test('quality is told by day, lead and model as served, with all of it together', async () => {
  await using rig = await openRig();
  rig.world.snapshot = reading({
    kind: 'failing',
    issuedAt: TEN,
    model: 'network',
    since: TODAY,
    skill: -0.5,
  });
  rig.world.scores = [
    score({ at: TODAY, n: 32, pinball: 1, skill: 0, coverage: 1, bias: 0.75, belowQ90: 1 }),
    score(),
    score({ lead: 16, skill: 0.25 }),
    score({ resource: 'memory' }),
    score({ lead: 0, model: 'ridge' }),
  ];
  const body = (await rig.get(`${AT}/quality`)).json();
  expect(body).toMatchObject({
    namespace: 'shop',
    name: 'cart',
    resource: 'cpu',
    unit: 'cores',
    reading: { kind: 'failing', since: '2026-11-24T00:00:00Z', skill: -0.5, model: 'network' },
    // Losses are added up: (96 x 0.5 + 32 x 1) / (96 x 1 + 32 x 1).
    record: { skill: 0.375, coverage: 0.8125, belowQ90: 0.90625, bias: 0, scored: 128 },
    trials: [{ model: 'ridge', skill: 0.5 }],
    levels: [],
  });
  expect(
    body.days.map((one: { day: string; leadSeconds: number }) => [one.day, one.leadSeconds]),
  ).toEqual([
    ['2026-11-23T00:00:00Z', 900],
    ['2026-11-23T00:00:00Z', 14_400],
    ['2026-11-24T00:00:00Z', 900],
  ]);
  expect(body.days[0]).toEqual({
    day: '2026-11-23T00:00:00Z',
    leadSeconds: 900,
    model: 'network',
    mae: 0.125,
    mase: 0.75,
    pinball: 0.5,
    coverage: 0.75,
    skill: 0.5,
    n: 96,
    bias: -0.25,
    belowQ90: 0.875,
  });
});

test('coverage is told level by level, at the lead that is asked for', async () => {
  await using rig = await openRig();
  rig.world.vintages = [said(-4), said(-3), said(-2), said(-1), said(-4, { lead: 1 })];
  rig.world.columns = [
    {
      key: cart,
      starts: Float64Array.of(TEN - 4 * STEP, TEN - 3 * STEP, TEN - 2 * STEP),
      values: Float64Array.of(1, 1.5, 2.5),
    },
  ];
  const body = (await rig.get(`${AT}/quality?lead=4h`)).json();
  expect(body.levels).toEqual([
    { level: 0.5, below: 1 / 3 },
    { level: 0.9, below: 2 / 3 },
  ]);
  expect(body.days).toEqual([]);
  expect(body).not.toHaveProperty('record');
});

test('what was predicted four hours before is told step by step; what was not is null', async () => {
  await using rig = await openRig();
  rig.world.vintages = [
    said(-2),
    said(-1, { model: 'ridge', levels: [0.9], values: Float64Array.of(3) }),
    said(-2, { resource: 'memory' }),
    said(-3, { lead: 1 }),
  ];
  const url = `${AT}/forecast?vintage=4h&from=2026-11-24T09:15:00Z&to=2026-11-24T10:00:00Z`;
  expect((await rig.get(url)).json()).toEqual({
    namespace: 'shop',
    name: 'cart',
    resource: 'cpu',
    unit: 'cores',
    start: '2026-11-24T09:15:00Z',
    stepSeconds: 900,
    vintage: '4h',
    issuedAt: [null, '2026-11-24T05:30:00Z', '2026-11-24T05:45:00Z'],
    model: [null, 'network', 'ridge'],
    series: [
      { level: 0.5, values: [null, 1, null] },
      { level: 0.9, values: [null, 2, 3] },
    ],
  });
});

test.each([
  ['a lead that is not frozen', '/quality?lead=3h'],
  ['a vintage that is not frozen', '/forecast?vintage=45m'],
  ['bounds of the forecast in force', '/forecast?from=2026-11-24T09:15:00Z'],
  ['an unknown resource', '/quality?resource=disk'],
])('%s is refused', async (_, below) => {
  await using rig = await openRig();
  rig.world.snapshot = reading({ kind: 'unknown' });
  expect((await rig.get(`${AT}${below}`)).json()).toMatchObject({
    status: 400,
    code: 'REQUEST_INVALID',
  });
});

test('the quality of a component that nobody knows is not told', async () => {
  await using rig = await openRig();
  expect((await rig.get('/v1/components/shop/nothing/quality')).statusCode).toBe(404);
});
