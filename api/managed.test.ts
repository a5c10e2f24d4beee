import { expect, test } from 'vitest';
import { aView, inShop, openRig } from '../test/api-rig.ts';
import { TEN } from '../test/builders.ts';

const URL = '/v1/components';
const posted = (...components: readonly object[]): string => JSON.stringify({ components });
const elsewhere = (component: string) => ({ namespace: 'bank', component });

test('a flag is stored under the component, with who changed it and when', async () => {
  await using rig = await openRig();
  await rig.post(URL, posted({ name: 'cart', managed: true }));
  expect(rig.settings.writes).toEqual([
    [{ name: 'managed/shop/cart', value: true, changedBy: 'user:loopback', at: TEN }],
  ]);
  expect((await rig.get(URL)).json()).toMatchObject({
    components: [{ name: 'cart', managed: true, managedBy: 'rest' }],
  });
});

test('several flags are one write', async () => {
  await using rig = await openRig();
  rig.world.views = [aView(), aView({ key: inShop('pay') })];
  const body = posted({ name: 'cart', managed: true }, { name: 'pay', managed: false });
  await rig.post(URL, body);
  expect(rig.settings.writes.map((write) => write.map(({ name, value }) => [name, value]))).toEqual(
    [
      [
        ['managed/shop/cart', true],
        ['managed/shop/pay', false],
      ],
    ],
  );
});

test('an empty list changes nothing and is fine', async () => {
  await using rig = await openRig();
  const response = await rig.post(URL, posted());
  expect([response.statusCode, rig.settings.writes]).toEqual([200, []]);
});

test('what GET showed may be posted back, and pins nothing that a label said', async () => {
  await using rig = await openRig();
  rig.world.views = [
    aView({ managed: true, managedBy: 'label', hpa: { name: 'cart-self-scaling' } }),
    aView({ key: inShop('pay') }),
  ];
  const shown = (await rig.get(URL)).json<{ components: { name: string; managed: boolean }[] }>();
  expect((await rig.post(URL, JSON.stringify(shown))).statusCode).toBe(200);
  expect(rig.settings.writes).toEqual([]);

  const edited = shown.components.map((one) => ({ ...one, managed: true }));
  await rig.post(URL, posted(...edited));
  expect(rig.settings.writes.flat().map(({ name }) => name)).toEqual(['managed/shop/pay']);
});

test('a plain wish is stored even where a label says the same', async () => {
  await using rig = await openRig();
  rig.world.views = [aView({ managed: true, managedBy: 'label' })];
  await rig.post(URL, posted({ name: 'cart', managed: true }));
  expect(rig.settings.writes).toHaveLength(1);
});

test('unknown names are refused, each by its place, and nothing is changed', async () => {
  await using rig = await openRig();
  const response = await rig.post(
    URL,
    posted(
      { name: 'cart', managed: true },
      { name: 'cort', managed: true },
      { name: 'cart', namespace: 'bank', managed: true },
    ),
  );
  expect(response.statusCode).toBe(404);
  expect(response.json()).toMatchObject({
    code: 'COMPONENT_NOT_FOUND',
    errors: [
      { path: '/components/1/name', message: 'no component named "cort"' },
      { path: '/components/2/name', message: 'no component named "bank/cart"' },
    ],
  });
  expect(rig.settings.writes).toEqual([]);
});

test('a name in several namespaces is ambiguous until one is named', async () => {
  await using rig = await openRig();
  rig.world.views = [aView(), aView({ key: elsewhere('cart') })];
  const response = await rig.post(URL, posted({ name: 'cart', managed: true }));
  expect(response.statusCode).toBe(409);
  expect(response.json()).toMatchObject({
    code: 'COMPONENT_AMBIGUOUS',
    detail: 'nothing was changed: "cart" is in several namespaces: bank, shop',
  });
  const named = await rig.post(URL, posted({ name: 'cart', namespace: 'bank', managed: true }));
  expect(named.statusCode).toBe(200);
  expect(rig.settings.writes.flat().map(({ name }) => name)).toEqual(['managed/bank/cart']);
});

test('the same wish twice is one wish', async () => {
  await using rig = await openRig();
  const body = posted({ name: 'cart', managed: true }, { name: 'cart', managed: true });
  expect((await rig.post(URL, body)).statusCode).toBe(200);
  expect(rig.settings.writes.flat()).toHaveLength(1);
});

test('the list is in order, and can be narrowed', async () => {
  await using rig = await openRig();
  rig.world.views = [
    aView({ key: inShop('pay'), managed: true }),
    aView(),
    aView({ key: elsewhere('cart') }),
  ];
  const namesAt = async (url: string) =>
    (await rig.get(url))
      .json<{ components: { name: string; namespace: string }[] }>()
      .components.map(({ name, namespace }) => `${namespace}/${name}`);
  expect(await namesAt(URL)).toEqual(['bank/cart', 'shop/cart', 'shop/pay']);
  expect(await namesAt(`${URL}?namespace=shop`)).toEqual(['shop/cart', 'shop/pay']);
  expect(await namesAt(`${URL}?managed=true`)).toEqual(['shop/pay']);
});

test('a query that is not understood is refused', async () => {
  await using rig = await openRig();
  const response = await rig.get(`${URL}?manged=true`);
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID' });
});
