import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { freePort } from '../control-plane/free-port.ts';
import { ask } from './ask.ts';
import {
  expectedReplicas,
  hpaOf,
  openBuckets,
  reactiveTwin,
  replicasOf,
  shapeOf,
  utilizationOf,
} from './expectation.ts';
import { expectSoon } from './expect-soon.ts';
import { conditionOf, paths } from './objects.ts';
import type { OurProcess } from './our-process.ts';
import { CARRIES_CORES, metricPath, openShop, writeHistory, type Shop } from './shop.ts';

const missing = whyMissing(CONTROL_PLANE);
const LEAD_MS = 3_600_000;
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

describe.skipIf(missing !== undefined)(`the main job on a real cluster ${missing ?? ''}`, () => {
  let shop: Shop;
  let controller: OurProcess;
  let trainer: OurProcess;
  let adapter: OurProcess;

  beforeAll(async () => {
    const begun = performance.now();
    shop = await openShop({});
    [controller, trainer, adapter] = [
      await shop.start('controller'),
      await shop.start('trainer'),
      await shop.start('adapter'),
    ];
    await controller.says(
      'that REST is served',
      ({ msg }) => msg === 'the management API is served',
    );
    print(`control plane and three roles: ${seconds(begun)}`);
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
  });

  const apiServiceIs = (status: string, withinMs: number) =>
    expectSoon(
      `the APIService is available: ${status}`,
      () => shop.controlPlane.admin.find(API_SERVICE),
      (object) => conditionOf(object, 'Available')?.status === status,
      { withinMs },
    );
  const hpaSays = (name: string, reason: string, withinMs = 60_000) =>
    expectSoon(
      `the HPA ${name} says ${reason}`,
      () => hpaOf(shop, name),
      (hpa) => conditionOf(hpa, 'ScalingActive')?.reason === reason,
      { withinMs },
    );

  test('a forecast scales a managed component before its load arrives', async () => {
    const text = await shop.run('import', [
      '--input',
      await writeHistory(shop),
      '--namespace',
      'shop',
    ]);
    expect(text).toContain('of 3 components');
    await expectSoon(
      'REST lists the three components',
      async () => (await shop.rest('GET', '/v1/components')).text,
      (body) => ['cart', 'checkout', 'search'].every((name) => body.includes(`"name":"${name}"`)),
      { withinMs: 30_000 },
    );
    const before = await replicasOf(shop, 'cart');
    const manage = { components: [{ name: 'cart', managed: true }] };
    expect((await shop.rest('POST', '/v1/components', manage)).text).toBe(
      '"Components managed updates sucessfully"',
    );
    expect((await shop.rest('GET', '/v1/train')).text).toBe('"Train module executed successfully"');
    expect((await shop.rest('GET', '/v1/inference')).text).toBe('"Infence complete sucessfully"');
    await apiServiceIs('True', 40_000);

    const begun = performance.now();
    let expected = 0;
    await expectSoon(
      'the HPA controller moves cart to what its forecast asks for',
      async () => {
        expected = await expectedReplicas(shop, 'cart', LEAD_MS);
        return [expected, await replicasOf(shop, 'cart')];
      },
      ([wanted, is]) => wanted === is,
      { withinMs: 120_000, everyMs: 1000 },
    );
    const cart = shop.components.find(({ name }) => name === 'cart')!;
    const reactive = Math.ceil(cart.cores / CARRIES_CORES);
    print(
      `cart: ${before} -> ${expected} replicas in ${seconds(begun)}, while its usage of ${cart.cores.toFixed(2)} cores needs ${reactive}`,
    );
    expect(expected).toBeGreaterThan(reactive);
    // The load comes, and meets pods that are there.
    const hpa = await expectSoon(
      'metrics-server has told the HPA what the pods use',
      () => hpaOf(shop, 'cart'),
      (seen) => utilizationOf(seen) !== undefined,
      { withinMs: 90_000, everyMs: 1000 },
    );
    expect(utilizationOf(hpa)).toBeLessThan(75);
    // Nobody asked for the other two.
    expect([await hpaOf(shop, 'checkout'), await hpaOf(shop, 'search')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('twenty who ask for training at once make one run', async () => {
    const runs = async () =>
      ((await shop.rest('GET', '/v1/train/runs')).json() as { items: unknown[] }).items.length;
    const before = await runs();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.rest('GET', '/v1/train')),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['200 "Train module executed successfully"']),
    );
    expect(await runs()).toBe(before + 1);
  });

  test('only the front proxy is believed, and only who has the right is answered', async () => {
    const direct = `https://127.0.0.1:${shop.ports.metrics}${metricPath('cart')}`;
    const forged = { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' };
    const { controlPlane } = shop;
    expect([401, 403]).toContain((await ask(direct, { as: { headers: forged } })).status);
    const anna = await controlPlane.identityFor('anna');
    expect((await ask(direct, { as: { ...anna, headers: forged } })).status).toBe(403);
    const through = `${controlPlane.apiServerUrl}${metricPath('cart')}`;
    expect((await ask(through, { as: anna, ca: controlPlane.ca })).status).toBe(403);
    const hpaController = {
      'x-remote-user': 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
      'x-remote-group': 'system:serviceaccounts',
    };
    const as = { ...controlPlane.frontProxy, headers: hpaController };
    const answer = await ask(direct, { as });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('predicted-cpu')]);
  });

  test('while the adapter is dead nothing scales down, and it recovers by itself', async () => {
    const held = await replicasOf(shop, 'cart');
    await adapter.stop('SIGKILL');
    await apiServiceIs('False', 60_000);
    await hpaSays('cart', 'FailedGetExternalMetric');
    expect(await replicasOf(shop, 'cart')).toBe(held);
    const begun = performance.now();
    adapter = await shop.start('adapter');
    await apiServiceIs('True', 30_000);
    await hpaSays('cart', 'ValidMetricFound', 30_000);
    print(`recovered ${seconds(begun)} after its start`);
    expect(await replicasOf(shop, 'cart')).toBe(held);
  });

  test('a stale forecast is refused, and does not scale down what it held up', async () => {
    const held = await replicasOf(shop, 'cart');
    await trainer.stop();
    await adapter.stop();
    adapter = await shop.start('adapter', { forecast: { holdTime: '1s' } });
    await apiServiceIs('True', 40_000);
    const answer = await expectSoon(
      'the forecast is stale',
      () => shop.metric('cart'),
      ({ status, text }) => status === 503 && text.includes('FORECAST_STALE'),
      { withinMs: 60_000 },
    );
    expect(answer.json()).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'ServiceUnavailable',
      message: 'the forecast for component "cart" is stale',
    });
    expect(answer.headers['retry-after']).toBeUndefined();
    await hpaSays('cart', 'FailedGetExternalMetric');
    // The reactive metric says "down" all along: a twin without our metric follows it at once.
    const { admin } = shop.controlPlane;
    await admin.create(paths.hpas('shop'), reactiveTwin('checkout'));
    const idle = shop.components.find(({ name }) => name === 'checkout')!;
    await admin.patch(`${paths.deployments('shop')}/checkout`, { spec: { replicas: held } });
    idle.cores = 0.1;
    shop.components.find(({ name }) => name === 'cart')!.cores = 0.1;
    await expectSoon(
      'the reactive twin scales down',
      () => replicasOf(shop, 'checkout'),
      (replicas) => replicas < held,
      { withinMs: 120_000, everyMs: 1000 },
    );
    await expectSoon(
      'its own reactive metric says "down" too',
      async () => utilizationOf(await hpaOf(shop, 'cart')) ?? Infinity,
      (utilization) => utilization < 40,
      { withinMs: 60_000, everyMs: 1000 },
    );
    expect(await replicasOf(shop, 'cart')).toBe(held);
  });

  test('a user’s own HPA is left as it is, told by REST, and ours alone goes on unmanage', async () => {
    const shape = () => shapeOf(shop, 'checkout');
    const before = await shape();
    const manage = { components: [{ name: 'checkout', managed: true }] };
    expect((await shop.rest('POST', '/v1/components', manage)).status).toBe(200);
    await shop.rest('GET', '/v1/inference');
    const told = (await shop.rest('GET', '/v1/components/shop/checkout')).text;
    expect(told).toContain('ExistingHPA');
    expect(await shape()).toEqual(before);

    const release = {
      components: [
        { name: 'cart', managed: false },
        { name: 'checkout', managed: false },
      ],
    };
    const replicas = await replicasOf(shop, 'cart');
    expect((await shop.rest('POST', '/v1/components', release)).status).toBe(200);
    await shop.rest('GET', '/v1/inference');
    expect(await hpaOf(shop, 'cart')).toBeUndefined();
    expect(await shape()).toEqual(before);
    expect(await replicasOf(shop, 'cart')).toBe(replicas);
  });

  test('a controller killed in mid-bucket loses no bucket, no flag and no train value', async () => {
    await shop.rest('POST', '/v1/train-values', { Future_data: '2', History_data: '21' });
    await shop.rest('POST', '/v1/components', { components: [{ name: 'search', managed: true }] });
    const quarter = Math.floor(Date.now() / 900_000) * 900_000;
    const past = `from=${new Date(quarter - 86_400_000).toISOString()}&to=${new Date(quarter).toISOString()}`;
    const closed = async () =>
      (await shop.rest('GET', `/v1/components/shop/search/history?${past}`)).text;
    const before = await closed();
    const counted = () => openBuckets(shop);
    const held = await expectSoon(
      'the open bucket has samples',
      counted,
      (rows) => rows.length === 3,
      {
        withinMs: 90_000,
        everyMs: 1000,
      },
    );
    await controller.stop('SIGKILL');
    controller = await shop.start('controller');
    await controller.says(
      'that REST is served',
      ({ msg }) => msg === 'the management API is served',
    );
    const after = await expectSoon(
      'the bucket goes on',
      counted,
      (rows) =>
        rows.some(
          ({ start, samples }, at) => samples > (start === held[at]?.start ? held[at].samples : 0),
        ),
      { withinMs: 150_000, everyMs: 1000 },
    );
    print(
      `samples in the open bucket: ${held[0]?.samples} before the kill, ${after[0]?.samples} after`,
    );
    expect(await closed()).toBe(before);
    expect((await shop.rest('GET', '/v1/train-values')).json()).toEqual({
      Future_data: '2',
      History_data: '21',
    });
    const listed = (await shop.rest('GET', '/v1/components')).json() as {
      components: { name: string; managed: boolean }[];
    };
    expect(listed.components.filter(({ managed }) => managed).map(({ name }) => name)).toEqual([
      'search',
    ]);
  });

  test('a cluster without components has nothing to train', async () => {
    const port = await freePort();
    const elsewhere = {
      kube: { namespaces: ['default'] },
      controller: { port },
      store: { path: `${shop.folder}/other.sqlite`, spillDirectory: `${shop.folder}/other-spill` },
    };
    await using other = await shop.start('controller', elsewhere);
    await other.says('that REST is served', ({ msg }) => msg === 'the management API is served');
    const answer = await expectSoon(
      'discovery is done',
      () => ask(`http://127.0.0.1:${port}/v1/train`),
      ({ status }) => status !== 503,
      { withinMs: 20_000 },
    );
    expect([answer.status, answer.text]).toEqual([409, '"Not components to train"']);
  });

  test('while Kubernetes is away inference says so, and goes on when it is back', async () => {
    await shop.controlPlane.stop('kube-apiserver', 'SIGKILL');
    const answer = await expectSoon(
      'the watches have noticed',
      () => shop.rest('GET', '/v1/inference'),
      ({ status }) => status !== 200,
      { withinMs: 60_000, everyMs: 1000 },
    );
    expect([answer.status, answer.text]).toEqual([500, '"Error in execution Inference Module"']);
    await shop.controlPlane.start('kube-apiserver');
    await expectSoon(
      'inference works again',
      async () => (await shop.rest('GET', '/v1/inference')).text,
      (text) => text === '"Infence complete sucessfully"',
      { withinMs: 60_000, everyMs: 1000 },
    );
  });
});
