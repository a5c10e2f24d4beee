import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  credentials,
  loadPackageDefinition,
  status,
  type requestCallback,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forecastStale, type SelfScalingError } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { toQuantity } from '../domain/quantity.ts';
import { TEN } from '../test/builders.ts';
import { createAuthority, type Authority } from '../test/control-plane/pki.ts';
import { openKedaScaler } from './keda-scaler.ts';
import type { ProtoGrpcType } from './keda-types/externalscaler.ts';
import type { ExternalScalerClient } from './keda-types/externalscaler/ExternalScaler.ts';
import type { GetMetricsResponse__Output } from './keda-types/externalscaler/GetMetricsResponse.ts';

const proto = join(import.meta.dirname, 'externalscaler.proto');
const { externalscaler } = loadPackageDefinition(
  loadSync(proto, { longs: Number, defaults: true }),
) as unknown as ProtoGrpcType;
const ref = {
  name: 'cart',
  namespace: 'shop',
  scalerMetadata: { component: 'cart', target: '375m', scaleToZero: 'true' },
};
const question = { scaledObjectRef: ref, metricName: 'predicted-cpu' };
const stale = forecastStale('cart', 'issued long ago');

let folder: string;
let ours: Authority;
let theirs: Authority;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-scaling-keda-'));
  [ours, theirs] = await Promise.all([
    createAuthority(folder, 'ours'),
    createAuthority(folder, 'theirs'),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A scaler on a free port that says what `said` holds, and a client generated from the same contract. */
async function aScaler(said: { now: number | SelfScalingError }, house: AsyncDisposableStack) {
  const draining = new AbortController();
  const told: string[] = [];
  const identityOf = async (server: Authority, clients: Authority) => ({
    ...(await server.serve('scaler', ['localhost'])),
    clientCa: clients.ca,
  });
  const scaler = await openKedaScaler(
    {
      provider: {
        answer: (_, metricName) => {
          if (typeof said.now !== 'number') throw said.now;
          const value = toQuantity(said.now);
          return [{ metricName, metricLabels: {}, timestamp: '', window: 300, value }];
        },
      },
      identity: await identityOf(ours, theirs),
      draining: draining.signal,
      now: () => TEN,
      log: silentLog,
      answered: (method, code) => told.push(`${method} ${code}`),
    },
    { host: '127.0.0.1', port: 0 },
  );
  house.use(scaler);
  const dial = async (server: Authority, client?: Authority) => {
    const pair = await client?.identify('keda-operator');
    const made = new externalscaler.ExternalScaler(
      `localhost:${scaler.port}`,
      credentials.createSsl(
        Buffer.from(server.ca),
        pair && Buffer.from(pair.key),
        pair && Buffer.from(pair.cert),
      ),
    );
    house.defer(() => made.close());
    return made;
  };
  return { scaler, draining, told, dial, identityOf };
}

/** One call as a promise. */
const answerOf = <A>(begin: (done: requestCallback<A>) => void): Promise<A> =>
  new Promise((resolve, reject) => {
    begin((error, value) => {
      if (error === null && value !== undefined) resolve(value);
      else reject(error ?? new Error('neither an answer nor an error'));
    });
  });
const metricsOf = (client: ExternalScalerClient) =>
  answerOf<GetMetricsResponse__Output>((done) => client.GetMetrics(question, done));
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => status.OK,
    (error: ServiceError) => error.code,
  );

describe('calls', () => {
  test('a fresh forecast is told in both numbers', async () => {
    await using house = new AsyncDisposableStack();
    const { dial, told } = await aScaler({ now: 1.5 }, house);
    const answer = await metricsOf(await dial(ours, theirs));
    expect(answer.metricValues).toEqual([
      { metricName: 'predicted-cpu', metricValue: 2, metricValueFloat: 1.5 },
    ]);
    expect(told).toEqual(['GetMetrics OK']);
  });

  test('a stale one is UNAVAILABLE, and the specification stands', async () => {
    await using house = new AsyncDisposableStack();
    const { dial, told } = await aScaler({ now: stale }, house);
    const client = await dial(ours, theirs);
    await expect(metricsOf(client)).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: 'the forecast for component "cart" is stale',
    });
    const spec = await answerOf((done) => client.GetMetricSpec(ref, done));
    expect(spec).toEqual({
      metricSpecs: [{ metricName: 'predicted-cpu', targetSize: 1, targetSizeFloat: 0.375 }],
    });
    expect(told).toEqual(['GetMetrics UNAVAILABLE', 'GetMetricSpec OK']);
  });

  test('a question without a reference is refused', async () => {
    await using house = new AsyncDisposableStack();
    const { dial } = await aScaler({ now: 1 }, house);
    const client = await dial(ours, theirs);
    const asked = answerOf((done) => client.GetMetrics({}, done));
    await expect(asked).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('streams', () => {
  test('tell at once and on change, and end with UNAVAILABLE when the replica drains', async () => {
    await using house = new AsyncDisposableStack();
    const said: { now: number | SelfScalingError } = { now: 1 };
    const { dial, draining, scaler } = await aScaler(said, house);
    const client = await dial(ours, theirs);
    const heard: boolean[] = [];
    const stream = client.StreamIsActive(ref);
    const next = () =>
      new Promise<void>((resolve) => {
        stream.once('data', ({ result }: { result: boolean }) => {
          heard.push(result);
          resolve();
        });
      });
    await next();
    scaler.look();
    said.now = 0;
    const changed = next();
    scaler.look();
    await changed;
    said.now = stale;
    const back = next();
    scaler.look();
    await back;
    expect(heard).toEqual([true, false, true]);
    const ended = new Promise<ServiceError>((resolve) => stream.once('error', resolve));
    draining.abort();
    expect((await ended).code).toBe(status.UNAVAILABLE);
    const late = client.StreamMetricSpec(ref);
    const refused = new Promise<ServiceError>((resolve) => late.once('error', resolve));
    expect((await refused).code).toBe(status.UNAVAILABLE);
  });

  test('there are only so many, and calls have room beside them', async () => {
    await using house = new AsyncDisposableStack();
    const { dial } = await aScaler({ now: 1 }, house);
    const client = await dial(ours, theirs);
    const first = Array.from({ length: 800 }, () => client.StreamIsActive(ref));
    await Promise.all(
      first.map((stream) => {
        stream.on('error', () => {});
        return new Promise((resolve) => stream.once('data', resolve));
      }),
    );
    const oneMore = client.StreamIsActive(ref);
    const refused = new Promise<ServiceError>((resolve) => oneMore.once('error', resolve));
    expect((await refused).code).toBe(status.RESOURCE_EXHAUSTED);
    expect(await codeOf(metricsOf(client))).toBe(status.OK);
    first.forEach((stream) => stream.cancel());
  });

  test('the specification is told as it is to whoever asks once', async () => {
    await using house = new AsyncDisposableStack();
    const { dial } = await aScaler({ now: stale }, house);
    const stream = (await dial(ours, theirs)).StreamMetricSpec(ref);
    const first = await new Promise((resolve) => stream.once('data', resolve));
    expect(first).toEqual({
      metricSpecs: [{ metricName: 'predicted-cpu', targetSize: 1, targetSizeFloat: 0.375 }],
    });
    stream.on('error', () => {});
    stream.cancel();
  });
});

describe('who may call', () => {
  test('nobody without a certificate of the named authorities', async () => {
    await using house = new AsyncDisposableStack();
    const { dial, told } = await aScaler({ now: 1 }, house);
    expect(await codeOf(metricsOf(await dial(ours)))).toBe(status.UNAVAILABLE);
    expect(await codeOf(metricsOf(await dial(ours, ours)))).toBe(status.UNAVAILABLE);
    expect(told).toEqual([]);
  });

  test('other certificates are taken without closing', async () => {
    await using house = new AsyncDisposableStack();
    const { dial, scaler, identityOf } = await aScaler({ now: 1 }, house);
    scaler.renew(await identityOf(theirs, ours));
    expect(await codeOf(metricsOf(await dial(theirs, ours)))).toBe(status.OK);
    expect(await codeOf(metricsOf(await dial(theirs, theirs)))).toBe(status.UNAVAILABLE);
  });

  test('what cannot be used is refused, and the last certificates hold', async () => {
    await using house = new AsyncDisposableStack();
    const { dial, scaler, identityOf } = await aScaler({ now: 1 }, house);
    const good = await identityOf(ours, theirs);
    const half = theirs.ca.slice(0, theirs.ca.length / 2);
    for (const clientCa of ['', 'no certificate', half, `${theirs.ca}${half}`]) {
      expect(() => scaler.renew({ ...good, clientCa })).toThrow('adapter.kedaClientCa');
    }
    const other = await identityOf(theirs, theirs);
    for (const odd of [{ key: other.key }, { key: '' }, { cert: half }]) {
      expect(() => scaler.renew({ ...good, ...odd })).toThrow('cannot be used');
    }
    expect(await codeOf(metricsOf(await dial(ours, theirs)))).toBe(status.OK);
  });
});

test('a port that is taken is named', async () => {
  await using house = new AsyncDisposableStack();
  const { scaler } = await aScaler({ now: 1 }, house);
  const pair = await ours.serve('scaler', ['localhost']);
  const second = openKedaScaler(
    {
      provider: { answer: () => [] },
      identity: { ...pair, clientCa: theirs.ca },
      draining: new AbortController().signal,
      now: () => TEN,
      log: silentLog,
      answered: () => {},
    },
    { host: '127.0.0.1', port: scaler.port },
  );
  await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${scaler.port}`);
});
