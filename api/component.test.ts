import { expect, test } from 'vitest';
import { aView, openRig } from '../test/api-rig.ts';
import { aForecast, cart, TEN } from '../test/builders.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import type { Reading } from '../domain/reading.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { bytes, cores, epochMs, minutes, STEP } from '../domain/units.ts';

const AT = '/v1/components/shop/cart';
const packed = packIssue({
  key: cart,
  resource: 'cpu',
  issued: { forecast: aForecast(), issuedAt: TEN, model: 'seasonal-naive-day', run: 'train-1' },
});

const snapshotReading = (reading: Reading): Snapshot => ({
  at: TEN,
  facts: () => undefined,
  issue: (_, resource) => (resource === 'cpu' ? packed : undefined),
  read: ({ resource }) => (resource === 'cpu' ? reading : { kind: 'unknown' }),
});
const predicted: Reading = {
  kind: 'predicted',
  value: 1.4,
  issuedAt: TEN,
  model: 'seasonal-naive-day',
  level: 0.9,
  leadTime: minutes(5),
};

test('a component tells usage, replicas, HPA, conditions and readings', async () => {
  await using rig = await openRig();
  const condition = { type: 'Ready', status: 'False', reason: 'ExistingHPA', message: 'taken' };
  rig.world.views = [
    aView({
      usage: { cpu: cores(0.5), memory: bytes(1024), at: TEN },
      hpa: { name: 'cart-self-scaling', currentReplicas: 2 },
      conditions: [condition],
    }),
  ];
  rig.world.snapshot = snapshotReading(predicted);
  expect((await rig.get(AT)).json()).toEqual({
    name: 'cart',
    managed: false,
    namespace: 'shop',
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    managedBy: 'default',
    otherKinds: [],
    replicas: 2,
    replicasReady: 2,
    usage: {
      cpu: { value: 0.5, unit: 'cores' },
      memory: { value: 1024, unit: 'bytes' },
      at: '2026-11-24T10:00:00Z',
    },
    hpa: { name: 'cart-self-scaling', currentReplicas: 2 },
    conditions: [condition],
    readings: {
      cpu: {
        kind: 'predicted',
        unit: 'cores',
        value: 1.4,
        issuedAt: '2026-11-24T10:00:00Z',
        model: 'seasonal-naive-day',
        level: 0.9,
        leadTimeSeconds: 300,
      },
      memory: { kind: 'unknown', unit: 'bytes' },
    },
    snapshot: '2026-11-24T10:00:00Z',
  });
});

test.each<readonly [string, Reading, object]>([
  [
    'stale',
    { kind: 'stale', issuedAt: TEN, age: minutes(90) },
    { kind: 'stale', unit: 'cores', issuedAt: '2026-11-24T10:00:00Z', ageSeconds: 5400 },
  ],
  ['unknown', { kind: 'unknown' }, { kind: 'unknown', unit: 'cores' }],
])('a reading that is %s has no value', async (_, reading, told) => {
  await using rig = await openRig();
  rig.world.snapshot = snapshotReading(reading);
  expect((await rig.get(AT)).json().readings.cpu).toEqual(told);
});

test('a forecast is told level by level, with the reading that is served', async () => {
  await using rig = await openRig();
  rig.world.snapshot = snapshotReading(predicted);
  const body = (await rig.get(`${AT}/forecast?resource=cpu`)).json();
  expect(body).toMatchObject({
    unit: 'cores',
    start: '2026-11-24T10:00:00Z',
    stepSeconds: 900,
    issuedAt: '2026-11-24T10:00:00Z',
    model: 'seasonal-naive-day',
    run: 'train-1',
    reading: { kind: 'predicted', value: 1.4 },
  });
  expect(body.series.map(({ level }: { level: number }) => level)).toEqual(packed.levels);
  expect(body.series[4].values).toHaveLength(192);
  expect(body.series[4].values[0]).toBeCloseTo(1, 4);
});

test.each([
  ['no forecast for it yet', '?resource=memory', 404, 'FORECAST_MISSING'],
  ['an unknown resource', '?resource=disk', 400, 'REQUEST_INVALID'],
])('%s is refused', async (_, query, status, code) => {
  await using rig = await openRig();
  rig.world.snapshot = snapshotReading(predicted);
  expect((await rig.get(`${AT}/forecast${query}`)).json()).toMatchObject({ status, code });
});

test('before the first snapshot nothing is said about forecasts', async () => {
  await using rig = await openRig();
  expect((await rig.get(`${AT}/forecast`)).statusCode).toBe(503);
  expect((await rig.get(AT)).json().readings.cpu).toEqual({ kind: 'unknown', unit: 'cores' });
});

test('history has one value a step, and gaps stay gaps', async () => {
  await using rig = await openRig();
  rig.world.columns = [
    {
      key: cart,
      starts: Float64Array.of(TEN, TEN + 2 * STEP),
      values: Float64Array.of(0.5, 0.75),
    },
  ];
  const url = `${AT}/history?from=2026-11-24T10:05:00Z&to=2026-11-24T11:00:00Z`;
  expect((await rig.get(url)).json()).toEqual({
    namespace: 'shop',
    name: 'cart',
    resource: 'cpu',
    unit: 'cores',
    start: '2026-11-24T10:00:00Z',
    stepSeconds: 900,
    values: [0.5, null, 0.75, null],
  });
});

test.each([
  ['no instant', '?from=yesterday', 'REQUEST_INVALID'],
  ['an empty window', '?from=2026-11-24T10:00:00Z&to=2026-11-24T10:00:00Z', 'REQUEST_INVALID'],
  ['more than 92 days', '?from=2026-01-01T00:00:00Z', 'LIMIT_EXCEEDED'],
])('a window that is %s is refused', async (_, query, code) => {
  await using rig = await openRig();
  expect((await rig.get(`${AT}/history${query}`)).json()).toMatchObject({ status: 400, code });
});

test('decisions are told as they stand in the ledger', async () => {
  await using rig = await openRig();
  rig.world.decisions = [
    {
      at: epochMs(TEN),
      key: cart,
      kind: 'leave',
      actor: 'self-scaling',
      text: 'left to the HPA of somebody else',
      reason: 'ExistingHPA',
    },
  ];
  expect((await rig.get(`${AT}/decisions`)).json()).toEqual({
    items: [
      {
        at: '2026-11-24T10:00:00Z',
        namespace: 'shop',
        name: 'cart',
        kind: 'leave',
        actor: 'self-scaling',
        text: 'left to the HPA of somebody else',
        reason: 'ExistingHPA',
      },
    ],
  });
});

test.each(['', '/forecast', '/history', '/decisions'])(
  'an unknown component is refused at %s',
  async (below) => {
    await using rig = await openRig();
    const response = await rig.get(`/v1/components/shop/nothing${below}`);
    expect(response.json()).toMatchObject({ code: 'COMPONENT_NOT_FOUND', name: 'shop/nothing' });
  },
);

test('what the store holds is shown while Kubernetes is away', async () => {
  await using rig = await openRig();
  rig.world.views = 'not known yet';
  expect((await rig.get(`${AT}/history`)).statusCode).toBe(200);
  expect((await rig.get(AT)).statusCode).toBe(503);
});
