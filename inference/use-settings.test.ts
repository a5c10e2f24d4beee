import { expect, test } from 'vitest';
import type { Json } from '../domain/settings.ts';
import { epochMs } from '../domain/units.ts';
import type { ForecastUse } from '../domain/use.ts';
import { cart, TEN } from '../test/builders.ts';
import { useJson, usesIn } from './use-settings.ts';

const entry = (value: Json, name = 'use/shop/cart') => ({
  name,
  value,
  changedBy: 'self-scaling',
  at: TEN,
});
const use: ForecastUse = {
  key: cart,
  cpu: {
    failing: { since: TEN, skill: -0.5, scored: 288, by: 'record' },
    adapted: { target: 0.9, level: 0.87, seen: epochMs(TEN + 1) },
  },
  memory: {},
};

test('what is kept is read back; nothing to be said removes the setting', () => {
  expect(usesIn([entry(useJson(use))])).toEqual(new Map([['shop/cart', use]]));
  expect(useJson({ key: cart, cpu: {} })).toBeNull();
});

test.each<[string, Json]>([
  ['a failing without its moment', { cpu: { failing: { skill: -1, scored: 1, by: 'record' } } }],
  [
    'an unheard-of witness',
    { cpu: { failing: { since: 1, skill: -1, scored: 1, by: 'hearsay' } } },
  ],
  ['a level that is none', { cpu: { adapted: { target: 0.9, level: 1, seen: 1 } } }],
  ['a level far below its target', { cpu: { adapted: { target: 0.9, level: 0.1, seen: 1 } } }],
  [
    'a level that nothing can have led to',
    { cpu: { adapted: { target: 0.9, level: 0.9995, seen: 1 } } },
  ],
  [
    'a moment that is no date',
    { cpu: { failing: { since: 1e300, skill: -1, scored: 1, by: 'trial' } } },
  ],
  ['no object', { cpu: 7 }],
])('%s is left out: the forecast is used as it is', (_, value) => {
  const found = usesIn([entry({ namespace: 'shop', component: 'cart', ...Object(value) })]);
  expect(found.get('shop/cart')).toEqual({ key: cart, cpu: {}, memory: {} });
});

test('another setting, or one under another name, is no use', () => {
  expect(
    usesIn([
      entry(useJson(use), 'use/shop/api'),
      entry(useJson(use), 'facts/shop/cart'),
      entry(null),
    ]).size,
  ).toBe(0);
});
