import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProtoGrpcType } from '../../adapter/keda-types/externalscaler.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { createAuthority, type Authority } from '../control-plane/pki.ts';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { ask } from './ask.ts';
import { expectSoon } from './expect-soon.ts';
import { aLoopbackService, aNamespace, conditionOf, paths } from './objects.ts';
import { startOurProcess, type OurProcess } from './our-process.ts';

const missing = whyMissing(CONTROL_PLANE);
const D = '/apis/external.metrics.k8s.io/v1beta1';
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const QUEUE = `${D}/namespaces/shop/queue-length`;
const PATIENCE = { withinMs: 60_000 };
const LIST = {
  kind: 'ExternalMetricValueList',
  apiVersion: 'external.metrics.k8s.io/v1beta1',
  metadata: {},
  items: [
    { metricName: 'queue-length', metricLabels: {}, timestamp: '2026-11-24T00:00:00Z', value: '7' },
  ],
};

describe.skipIf(missing !== undefined)(`all roles, as a real process ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  let ours: OurProcess;
  let upstream: Server;
  let clients: Authority;
  const tokens: (string | undefined)[] = [];

  beforeAll(async () => {
    controlPlane = house.use(await startControlPlane());
    const { admin, folder, kubeconfig } = controlPlane;
    const authority = await createAuthority(folder, 'upstream-ca');
    clients = await createAuthority(folder, 'keda-clients-ca');
    upstream = createServer(
      await authority.serve('upstream', ['localhost']),
      (request, response) => {
        tokens.push(request.headers.authorization);
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(LIST));
      },
    );
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const address = upstream.address();
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'a-token\n');
    await admin.create(paths.namespaces, aNamespace('self-scaling'));
    const service = aLoopbackService('self-scaling', 'self-scaling-adapter');
    await admin.create(paths.services('self-scaling'), service);
    ours = house.use(
      await startOurProcess({
        role: 'all',
        folder: join(folder, 'ours'),
        config: {
          kube: { kubeconfig },
          adapter: {
            host: '127.0.0.1',
            port: 0,
            servicePort: 0,
            keda: 'on',
            kedaPort: 0,
            kedaClientCa: clients.caFile,
          },
          controller: { port: 0 },
          ops: { host: '127.0.0.1', port: 0 },
          passThrough: {
            enabled: true,
            host: '127.0.0.1',
            port: typeof address === 'object' ? address?.port : 0,
            serverName: 'localhost',
            caFile: authority.caFile,
            tokenFile,
          },
        },
      }),
    );
    await available();
  }, 120_000);
  afterAll(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await house.disposeAsync();
  }, 60_000);

  const available = () =>
    expectSoon(
      'our metrics API is available',
      () => controlPlane.admin.get(API_SERVICE),
      (found) => conditionOf(found, 'Available')?.status === 'True',
      PATIENCE,
    );

  test('a metric that is not ours comes from the upstream, through the real API server', async () => {
    const { admin } = controlPlane;
    const answer = await admin.raw('GET', `${QUEUE}?labelSelector=queue%3Da`);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.json()).toEqual(LIST);
    expect(tokens).toEqual(['Bearer a-token']);
    const discovered = (await admin.raw('GET', D)).json() as { readonly resources: object[] };
    expect(discovered.resources).toHaveLength(1);
  });

  test('KEDA’s scaler is served beside it, to clients of the named authority', async () => {
    const { port } = await ours.says('that KEDA is served', ({ text }) =>
      text.includes('the external scaler for KEDA is served'),
    );
    const { externalscaler } = loadPackageDefinition(
      loadSync('adapter/externalscaler.proto', { longs: Number, defaults: true }),
    ) as unknown as ProtoGrpcType;
    const folder = join(controlPlane.folder, 'ours', '.self-scaling', 'certificates');
    const { cert, key } = await clients.identify('keda-operator');
    const client = new externalscaler.ExternalScaler(
      `localhost:${String(port)}`,
      credentials.createSsl(
        await readFile(join(folder, 'ca.crt')),
        Buffer.from(key),
        Buffer.from(cert),
      ),
    );
    const scalerMetadata = { component: 'cart', target: '375m' };
    const scaledObjectRef = { name: 'cart', namespace: 'shop', scalerMetadata };
    const spec = await new Promise((resolve, reject) => {
      client.GetMetricSpec(scaledObjectRef, (error, value) =>
        error ? reject(error) : resolve(value),
      );
    });
    expect(spec).toMatchObject({ metricSpecs: [{ targetSizeFloat: 0.375 }] });
    const asked = new Promise((resolve, reject) => {
      client.GetMetrics({ scaledObjectRef, metricName: 'predicted-cpu' }, (error, value) =>
        error ? reject(error) : resolve(value),
      );
    });
    await expect(asked).rejects.toThrow('no forecast for component "cart" yet');
    client.close();
  });

  test('without its upstream it is as available as before', async () => {
    const { admin } = controlPlane;
    upstream.closeAllConnections();
    upstream.close();
    const answer = await admin.raw('GET', QUEUE);
    expect(answer).toMatchObject({
      status: 503,
      text: expect.stringContaining('the upstream metrics API does not answer'),
    });
    const unknown = `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart`;
    expect((await admin.raw('GET', unknown)).text).toContain('no forecast for component');
    await available();
  });

  test('a name that is taken from us is given up, told, and claimed again when it is free', async () => {
    const { admin } = controlPlane;
    const line = await ours.says('where probes are', ({ ops }) => typeof ops === 'number');
    const owned = async () =>
      (await ask(`http://127.0.0.1:${String(line['ops'])}/metrics`)).text
        .split('\n')
        .find((text) => text.startsWith('self_scaling_api_service_owned'));
    expect(await owned()).toBe('self_scaling_api_service_owned 1');
    const thief = { namespace: 'other', name: 'adapter', port: 443 };
    const stolen = await admin.patch(API_SERVICE, { spec: { service: thief } });
    await ours.says('who has it', ({ text }) => text.includes('belongs to other/adapter'));
    expect(await owned()).toBe('self_scaling_api_service_owned 0');
    await delay(2000);
    const after = await admin.get<typeof stolen & { spec: object }>(API_SERVICE);
    expect(after.spec).toMatchObject({ service: thief });
    await admin.remove(API_SERVICE);
    await expectSoon(
      'the name is ours again',
      async () => await admin.find(API_SERVICE),
      (found) => JSON.stringify(found ?? {}).includes('"self-scaling-adapter"'),
      PATIENCE,
    );
    await available();
  });
});
