import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { openApiServices, toFoundApiService } from './api-services.ts';
import { fakeKube } from './fake-kube.ts';
import { refusedBy } from './refusals.ts';
import type { Kube } from './request.ts';

const signal = new AbortController().signal;
const PEM = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const ALL = '/apis/apiregistration.k8s.io/v1/apiservices';
const stored = (service: object | undefined, conditions: object[] = [], version = '7') => ({
  metadata: {
    name: 'v1beta1.external.metrics.k8s.io',
    uid: 'u-1',
    resourceVersion: version,
  },
  spec: {
    group: 'external.metrics.k8s.io',
    service,
    caBundle: Buffer.from(PEM).toString('base64'),
  },
  status: { conditions },
});
const adapter = { namespace: 'scaling', name: 'adapter', port: 6443 };
const desired = {
  serviceNamespace: 'scaling',
  serviceName: 'adapter',
  port: 6443,
  caBundle: PEM,
};
const open = (kube: Kube) =>
  openApiServices({ kube, clock: fakeClock(TEN), random: () => 0.5, log: silentLog });

test('an APIService is read with its service, its authority and whether it is available', () => {
  const conditions = [
    { type: 'Available', status: 'False', reason: 'FailedDiscoveryCheck', message: 'timeout' },
  ];

  expect(toFoundApiService(stored(adapter, conditions))).toEqual({
    ...desired,
    resourceVersion: '7',
    available: false,
    reason: 'FailedDiscoveryCheck: timeout',
  });
});

test('a service without a port is at 443, and a local APIService has no service', () => {
  const { port: _, ...plain } = adapter;

  expect(toFoundApiService(stored(plain))?.port).toBe(443);
  expect(toFoundApiService(stored(undefined))).not.toHaveProperty('serviceName');
});

test('when there is none, none is found', async () => {
  const { kube } = fakeKube({ [ALL]: [] }, () => {
    throw refusedBy({ method: 'GET', path: ALL }, { status: 404, body: undefined });
  });
  await using apiServices = open(kube);

  expect(await apiServices.get(signal)).toBeUndefined();
});

test('it is applied as a whole, provided that it does not exist', async () => {
  const { kube, asked } = fakeKube({ [ALL]: [] }, () => stored(adapter));
  await using apiServices = open(kube);

  await apiServices.apply(desired, undefined, signal);

  expect(asked.at(-1)).toMatchObject({
    method: 'PATCH',
    path: `${ALL}/v1beta1.external.metrics.k8s.io`,
    query: { fieldManager: 'self-scaling' },
    body: {
      metadata: { resourceVersion: '1' },
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: adapter,
        caBundle: Buffer.from(PEM).toString('base64'),
      },
    },
  });
});

test('one that changed since it was found is left alone', async () => {
  const { kube, asked } = fakeKube({ [ALL]: [] }, () => stored(adapter, [], '8'));
  await using apiServices = open(kube);
  const found = toFoundApiService(stored(adapter, [], '7'));

  await expect(apiServices.apply(desired, found, signal)).rejects.toMatchObject({
    code: 'KUBE_CONFLICT',
  });
  expect(asked.every(({ method }) => method !== 'PATCH')).toBe(true);
});

test('a theft is told', async () => {
  const { kube, tell, watched } = fakeKube({ [ALL]: [stored(adapter)] });
  await using apiServices = open(kube);
  await watched(ALL);
  let told = 0;
  apiServices.onChange(() => (told += 1));

  await tell(ALL, { type: 'MODIFIED', object: stored({ ...adapter, name: 'keda' }) });

  expect(told).toBe(1);
});

test('a take-over keeps the spec that stood there, and each later apply keeps it too', async () => {
  const foreign = { ...adapter, name: 'keda-metrics' };
  let now: object = stored(foreign);
  const { kube, asked } = fakeKube({ [ALL]: [] }, ({ body }) => {
    if (typeof body === 'object' && body !== null) {
      now = { ...now, ...body, metadata: { ...meta(now), ...meta(body) } };
    }
    return now;
  });
  await using apiServices = open(kube);
  const kept = () => asked.at(-1)?.body;

  for (let time = 0; time < 2; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const found = await apiServices.get(signal);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await apiServices.apply(desired, found, signal);
    expect(kept()).toMatchObject({
      metadata: {
        annotations: {
          'self-scaling.io/taken-over-from': expect.stringContaining('"name":"keda-metrics"'),
        },
      },
    });
  }
});

const meta = (object: object): object =>
  'metadata' in object && typeof object.metadata === 'object' ? (object.metadata ?? {}) : {};
