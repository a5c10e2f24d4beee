import { describe, expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { checkedKey, checkedName, checkedWindow, count, finite, wholeSeconds } from './names.ts';

const refused = expect.objectContaining({ code: 'REQUEST_INVALID' });

describe('names', () => {
  test.each([
    ['shop', 'cart'],
    ['shop', 'a.b-c'],
    ['s', '0'],
    ['n'.repeat(63), 'c'.repeat(253)],
  ])('%s/%s is a component', (namespace, component) => {
    expect(checkedKey({ namespace, component })).toEqual({ namespace, component });
  });

  test.each([
    ['', 'cart'],
    ['shop', ''],
    ['shop.eu', 'cart'],
    ['n'.repeat(64), 'cart'],
    ['shop', 'c'.repeat(254)],
    ['shop', 'Cart'],
    ['shop', '-cart'],
    ['shop', 'cart-'],
    ['shop', 'a..b'],
    ['shop', 'x" or true'],
    ['shop', '${1}'],
    ['shop', '\\'],
    ['shop', 'a,b'],
    ['shop', 'cart\n'],
    ['shop', 'a/b'],
  ])('%j/%j is refused', (namespace, component) => {
    expect(() => checkedKey({ namespace, component })).toThrow(refused);
  });

  test('a refusal says what is wrong and what would be right', () => {
    expect(() => checkedKey({ namespace: 'shop', component: 'Cart' })).toThrow(
      'component "Cart" must be a DNS name of at most 253 characters',
    );
  });

  test.each(['train-values', 'managed/shop/cart', 'facts/s/a.b-c', 'median-7d', 'x_1'])(
    '%s is a name',
    (name) => {
      expect(checkedName(name, 'setting')).toBe(name);
    },
  );

  test.each(['', 'A', 'a b', 'a,b', 'a=b', 'a"', 'a\n', '/a', 'a/', 'x'.repeat(401)])(
    '%j is not a name',
    (name) => {
      expect(() => checkedName(name, 'setting')).toThrow(refused);
    },
  );
});

describe('numbers', () => {
  test.each([Number.NaN, Infinity, -Infinity])('%d is refused', (value) => {
    expect(() => finite(value, 'cpu')).toThrow(refused);
    expect(() => count(value, 'pods')).toThrow(refused);
    expect(() => checkedWindow({ from: epochMs(0), to: epochMs(value) })).toThrow(refused);
  });

  test.each([-1, 0.5])('%d is no count', (value) => {
    expect(() => count(value, 'pods')).toThrow(refused);
  });

  test('negative zero is zero', () => {
    expect(finite(-0, 'cpu')).toBe(0);
    expect(count(-0, 'pods')).toBe(0);
  });

  test('an instant between two seconds is refused', () => {
    expect(wholeSeconds(epochMs(2000), 'start')).toBe(2);
    expect(() => wholeSeconds(epochMs(2001), 'start')).toThrow(refused);
  });
});
